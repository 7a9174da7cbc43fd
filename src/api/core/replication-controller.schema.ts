import { PodTemplateSpec } from './pod-template-spec.schema.ts';
import { namespacedObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { int32, int64, listMap, mapOf, message, optional, present, required, string, time } from '../schema.ts';

export const ReplicationControllerSpec = message('io.k8s.api.core.v1.ReplicationControllerSpec', {
  replicas: optional(1, int32),
  minReadySeconds: optional(4, int32),
  selector: optional(2, mapOf(string)),
  template: optional(3, PodTemplateSpec),
});
export interface ReplicationControllerSpec extends Infer<typeof ReplicationControllerSpec> {}

export const ReplicationControllerCondition = message('io.k8s.api.core.v1.ReplicationControllerCondition', {
  type: required(1, string),
  status: required(2, string),
  lastTransitionTime: optional(3, time),
  reason: optional(4, string),
  message: optional(5, string),
});
export interface ReplicationControllerCondition extends Infer<typeof ReplicationControllerCondition> {}

export const ReplicationControllerStatus = message('io.k8s.api.core.v1.ReplicationControllerStatus', {
  replicas: required(1, int32),
  fullyLabeledReplicas: optional(2, int32),
  readyReplicas: optional(4, int32),
  availableReplicas: optional(5, int32),
  observedGeneration: optional(3, int64),
  conditions: optional(
    6,
    listMap(ReplicationControllerCondition, ['type'], { mergeKey: 'type', patchStrategy: 'merge' }),
  ),
});
export interface ReplicationControllerStatus extends Infer<typeof ReplicationControllerStatus> {}

export const ReplicationController = namespacedObject('io.k8s.api.core.v1.ReplicationController', {
  spec: present(2, ReplicationControllerSpec),
  status: present(3, ReplicationControllerStatus),
});
export interface ReplicationController extends Infer<typeof ReplicationController> {}
