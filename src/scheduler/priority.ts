import type { Pod } from '../api/core/pod.schema.ts';

/** A pod's priority; pods of no class have none, which is 0. */
export function priorityOf({ spec }: Pod): number {
  return spec.priority ?? 0;
}
