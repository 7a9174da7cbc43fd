import { PersistentVolumeClaim } from '../core/persistent-volume-claim.schema.ts';
import { PodTemplateSpec } from '../core/pod-template-spec.schema.ts';
import { LabelSelector } from '../meta/meta.schema.ts';
import { namespacedObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import {
  int32,
  int64,
  intOrString,
  list,
  listMap,
  message,
  oneOf,
  optional,
  present,
  required,
  string,
  time,
} from '../schema.ts';

export const RollingUpdateStatefulSetStrategy = message('io.k8s.api.apps.v1.RollingUpdateStatefulSetStrategy', {
  partition: optional(1, int32),
  maxUnavailable: optional(2, intOrString),
});
export interface RollingUpdateStatefulSetStrategy extends Infer<typeof RollingUpdateStatefulSetStrategy> {}

export const StatefulSetOrdinals = message('io.k8s.api.apps.v1.StatefulSetOrdinals', {
  start: optional(1, int32),
});
export interface StatefulSetOrdinals extends Infer<typeof StatefulSetOrdinals> {}

export const StatefulSetPersistentVolumeClaimRetentionPolicy = message(
  'io.k8s.api.apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy',
  {
    whenDeleted: optional(1, string),
    whenScaled: optional(2, string),
  },
);
export interface StatefulSetPersistentVolumeClaimRetentionPolicy extends Infer<
  typeof StatefulSetPersistentVolumeClaimRetentionPolicy
> {}

export const StatefulSetUpdateStrategy = message('io.k8s.api.apps.v1.StatefulSetUpdateStrategy', {
  type: optional(1, oneOf('OnDelete', 'RollingUpdate')),
  rollingUpdate: optional(2, RollingUpdateStatefulSetStrategy),
});
export interface StatefulSetUpdateStrategy extends Infer<typeof StatefulSetUpdateStrategy> {}

export const StatefulSetSpec = message('io.k8s.api.apps.v1.StatefulSetSpec', {
  replicas: optional(1, int32),
  selector: required(2, LabelSelector),
  template: required(3, PodTemplateSpec),
  volumeClaimTemplates: optional(4, list(PersistentVolumeClaim)),
  serviceName: optional(5, string),
  podManagementPolicy: optional(6, oneOf('OrderedReady', 'Parallel')),
  updateStrategy: present(7, StatefulSetUpdateStrategy),
  revisionHistoryLimit: optional(8, int32),
  minReadySeconds: optional(9, int32),
  persistentVolumeClaimRetentionPolicy: optional(10, StatefulSetPersistentVolumeClaimRetentionPolicy),
  ordinals: optional(11, StatefulSetOrdinals),
});
export interface StatefulSetSpec extends Infer<typeof StatefulSetSpec> {}

export const StatefulSetCondition = message('io.k8s.api.apps.v1.StatefulSetCondition', {
  type: required(1, string),
  status: required(2, string),
  lastTransitionTime: optional(3, time),
  reason: optional(4, string),
  message: optional(5, string),
});
export interface StatefulSetCondition extends Infer<typeof StatefulSetCondition> {}

export const StatefulSetStatus = message('io.k8s.api.apps.v1.StatefulSetStatus', {
  observedGeneration: optional(1, int64),
  replicas: required(2, int32),
  readyReplicas: optional(3, int32),
  currentReplicas: optional(4, int32),
  updatedReplicas: optional(5, int32),
  currentRevision: optional(6, string),
  updateRevision: optional(7, string),
  collisionCount: optional(9, int32),
  conditions: optional(10, listMap(StatefulSetCondition, ['type'], { mergeKey: 'type', patchStrategy: 'merge' })),
  availableReplicas: optional(11, int32),
});
export interface StatefulSetStatus extends Infer<typeof StatefulSetStatus> {}

export const StatefulSet = namespacedObject('io.k8s.api.apps.v1.StatefulSet', {
  spec: present(2, StatefulSetSpec),
  status: present(3, StatefulSetStatus),
});
export interface StatefulSet extends Infer<typeof StatefulSet> {}
