import { PodTemplateSpec } from '../core/pod-template-spec.schema.ts';
import { LabelSelector } from '../meta/meta.schema.ts';
import { namespacedObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { int32, int64, listMap, message, optional, present, required, string, time } from '../schema.ts';

export const ReplicaSetSpec = message('io.k8s.api.apps.v1.ReplicaSetSpec', {
  replicas: optional(1, int32),
  minReadySeconds: optional(4, int32),
  selector: required(2, LabelSelector),
  template: optional(3, PodTemplateSpec),
});
export interface ReplicaSetSpec extends Infer<typeof ReplicaSetSpec> {}

export const ReplicaSetCondition = message('io.k8s.api.apps.v1.ReplicaSetCondition', {
  type: required(1, string),
  status: required(2, string),
  lastTransitionTime: optional(3, time),
  reason: optional(4, string),
  message: optional(5, string),
});
export interface ReplicaSetCondition extends Infer<typeof ReplicaSetCondition> {}

export const ReplicaSetStatus = message('io.k8s.api.apps.v1.ReplicaSetStatus', {
  replicas: required(1, int32),
  fullyLabeledReplicas: optional(2, int32),
  readyReplicas: optional(4, int32),
  availableReplicas: optional(5, int32),
  terminatingReplicas: optional(7, int32),
  observedGeneration: optional(3, int64),
  conditions: optional(6, listMap(ReplicaSetCondition, ['type'], { mergeKey: 'type', patchStrategy: 'merge' })),
});
export interface ReplicaSetStatus extends Infer<typeof ReplicaSetStatus> {}

export const ReplicaSet = namespacedObject('io.k8s.api.apps.v1.ReplicaSet', {
  spec: present(2, ReplicaSetSpec),
  status: present(3, ReplicaSetStatus),
});
export interface ReplicaSet extends Infer<typeof ReplicaSet> {}
