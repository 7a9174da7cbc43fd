import { Condition, LabelSelector } from '../meta/meta.schema.ts';
import { namespacedObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { int32, int64, intOrString, listMap, mapOf, message, oneOf, optional, present, time } from '../schema.ts';

export const PodDisruptionBudgetSpec = message('io.k8s.api.policy.v1.PodDisruptionBudgetSpec', {
  minAvailable: optional(1, intOrString),
  selector: optional(2, LabelSelector, { patchStrategy: 'replace' }),
  maxUnavailable: optional(3, intOrString),
  unhealthyPodEvictionPolicy: optional(4, oneOf('AlwaysAllow', 'IfHealthyBudget')),
});
export interface PodDisruptionBudgetSpec extends Infer<typeof PodDisruptionBudgetSpec> {}

export const PodDisruptionBudgetStatus = message('io.k8s.api.policy.v1.PodDisruptionBudgetStatus', {
  observedGeneration: optional(1, int64),
  disruptedPods: optional(2, mapOf(time)),
  disruptionsAllowed: optional(3, int32),
  currentHealthy: optional(4, int32),
  desiredHealthy: optional(5, int32),
  expectedPods: optional(6, int32),
  conditions: optional(7, listMap(Condition, ['type'], { mergeKey: 'type', patchStrategy: 'merge' })),
});
export interface PodDisruptionBudgetStatus extends Infer<typeof PodDisruptionBudgetStatus> {}

export const PodDisruptionBudget = namespacedObject('io.k8s.api.policy.v1.PodDisruptionBudget', {
  spec: present(2, PodDisruptionBudgetSpec),
  status: present(3, PodDisruptionBudgetStatus),
});
export interface PodDisruptionBudget extends Infer<typeof PodDisruptionBudget> {}
