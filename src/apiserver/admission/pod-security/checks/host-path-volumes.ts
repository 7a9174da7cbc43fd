import type { Check, Subject, Violation } from '../check.ts';
import { plural, quoted } from '../wording.ts';

function test({ spec }: Subject): Violation | undefined {
  const names = (spec.volumes ?? []).filter(({ hostPath }) => hostPath !== undefined).map(({ name }) => name);
  if (names.length === 0) return undefined;
  return { reason: 'hostPath volumes', detail: `${plural('volume', 'volumes', names.length)} ${quoted(names)}` };
}

/** A pod must not see the node's files. */
export const hostPathVolumes: Check = { id: 'hostPathVolumes', level: 'baseline', versions: [{ from: 0, test }] };
