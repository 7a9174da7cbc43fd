import type { Check, Subject, Violation } from '../check.ts';
import { namesOf } from '../subject.ts';
import { theContainers } from '../wording.ts';

function test({ spec }: Subject): Violation | undefined {
  const names = namesOf(spec, ({ securityContext }) => securityContext?.privileged === true);
  if (names.length === 0) return undefined;
  return { reason: 'privileged', detail: `${theContainers(names)} must not set securityContext.privileged=true` };
}

/** No container may have the node to itself. */
export const privileged: Check = { id: 'privileged', level: 'baseline', versions: [{ from: 0, test }] };
