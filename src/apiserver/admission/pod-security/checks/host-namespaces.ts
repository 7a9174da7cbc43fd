import type { Check, Subject, Violation } from '../check.ts';

function test({ spec }: Subject): Violation | undefined {
  const shared = (['hostIPC', 'hostNetwork', 'hostPID'] as const).filter((field) => spec[field] === true);
  return shared.length === 0 ? undefined : { reason: 'host namespaces', detail: shared.join(', ') };
}

/** A pod must not live in the node's own namespaces. */
export const hostNamespaces: Check = { id: 'hostNamespaces', level: 'baseline', versions: [{ from: 0, test }] };
