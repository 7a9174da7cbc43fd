import { PodTemplateSpec } from '../core/pod-template-spec.schema.ts';
import { LabelSelector } from '../meta/meta.schema.ts';
import { namespacedObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import {
  int32,
  int64,
  intOrString,
  listMap,
  message,
  oneOf,
  optional,
  present,
  required,
  string,
  time,
} from '../schema.ts';

export const RollingUpdateDaemonSet = message('io.k8s.api.apps.v1.RollingUpdateDaemonSet', {
  maxUnavailable: optional(1, intOrString),
  maxSurge: optional(2, intOrString),
});
export interface RollingUpdateDaemonSet extends Infer<typeof RollingUpdateDaemonSet> {}

export const DaemonSetUpdateStrategy = message('io.k8s.api.apps.v1.DaemonSetUpdateStrategy', {
  type: optional(1, oneOf('OnDelete', 'RollingUpdate')),
  rollingUpdate: optional(2, RollingUpdateDaemonSet),
});
export interface DaemonSetUpdateStrategy extends Infer<typeof DaemonSetUpdateStrategy> {}

export const DaemonSetSpec = message('io.k8s.api.apps.v1.DaemonSetSpec', {
  selector: required(1, LabelSelector),
  template: required(2, PodTemplateSpec),
  updateStrategy: present(3, DaemonSetUpdateStrategy),
  minReadySeconds: optional(4, int32),
  revisionHistoryLimit: optional(6, int32),
});
export interface DaemonSetSpec extends Infer<typeof DaemonSetSpec> {}

export const DaemonSetCondition = message('io.k8s.api.apps.v1.DaemonSetCondition', {
  type: required(1, string),
  status: required(2, string),
  lastTransitionTime: optional(3, time),
  reason: optional(4, string),
  message: optional(5, string),
});
export interface DaemonSetCondition extends Infer<typeof DaemonSetCondition> {}

export const DaemonSetStatus = message('io.k8s.api.apps.v1.DaemonSetStatus', {
  currentNumberScheduled: required(1, int32),
  numberMisscheduled: required(2, int32),
  desiredNumberScheduled: required(3, int32),
  numberReady: required(4, int32),
  observedGeneration: optional(5, int64),
  updatedNumberScheduled: optional(6, int32),
  numberAvailable: optional(7, int32),
  numberUnavailable: optional(8, int32),
  collisionCount: optional(9, int32),
  conditions: optional(10, listMap(DaemonSetCondition, ['type'], { mergeKey: 'type', patchStrategy: 'merge' })),
});
export interface DaemonSetStatus extends Infer<typeof DaemonSetStatus> {}

export const DaemonSet = namespacedObject('io.k8s.api.apps.v1.DaemonSet', {
  spec: present(2, DaemonSetSpec),
  status: present(3, DaemonSetStatus),
});
export interface DaemonSet extends Infer<typeof DaemonSet> {}
