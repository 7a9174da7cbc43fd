import { clusterObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { boolean, int32, oneOf, optional, string } from '../schema.ts';

export const PriorityClass = clusterObject('io.k8s.api.scheduling.v1.PriorityClass', {
  value: optional(2, int32),
  globalDefault: optional(3, boolean),
  description: optional(4, string),
  preemptionPolicy: optional(5, oneOf('Never', 'PreemptLowerPriority')),
});
export interface PriorityClass extends Infer<typeof PriorityClass> {}
