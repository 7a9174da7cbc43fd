import { PodTemplateSpec } from '../core/pod-template-spec.schema.ts';
import { LabelSelector } from '../meta/meta.schema.ts';
import { namespacedObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import {
  boolean,
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

export const RollingUpdateDeployment = message('io.k8s.api.apps.v1.RollingUpdateDeployment', {
  maxUnavailable: optional(1, intOrString),
  maxSurge: optional(2, intOrString),
});
export interface RollingUpdateDeployment extends Infer<typeof RollingUpdateDeployment> {}

export const DeploymentStrategy = message('io.k8s.api.apps.v1.DeploymentStrategy', {
  type: optional(1, oneOf('Recreate', 'RollingUpdate')),
  rollingUpdate: optional(2, RollingUpdateDeployment),
});
export interface DeploymentStrategy extends Infer<typeof DeploymentStrategy> {}

export const DeploymentSpec = message('io.k8s.api.apps.v1.DeploymentSpec', {
  replicas: optional(1, int32),
  selector: required(2, LabelSelector),
  template: required(3, PodTemplateSpec),
  strategy: present(4, DeploymentStrategy, { patchStrategy: 'retainKeys' }),
  minReadySeconds: optional(5, int32),
  revisionHistoryLimit: optional(6, int32),
  paused: optional(7, boolean),
  progressDeadlineSeconds: optional(9, int32),
});
export interface DeploymentSpec extends Infer<typeof DeploymentSpec> {}

export const DeploymentCondition = message('io.k8s.api.apps.v1.DeploymentCondition', {
  type: required(1, string),
  status: required(2, string),
  lastUpdateTime: optional(6, time),
  lastTransitionTime: optional(7, time),
  reason: optional(4, string),
  message: optional(5, string),
});
export interface DeploymentCondition extends Infer<typeof DeploymentCondition> {}

export const DeploymentStatus = message('io.k8s.api.apps.v1.DeploymentStatus', {
  observedGeneration: optional(1, int64),
  replicas: optional(2, int32),
  updatedReplicas: optional(3, int32),
  readyReplicas: optional(7, int32),
  availableReplicas: optional(4, int32),
  unavailableReplicas: optional(5, int32),
  terminatingReplicas: optional(9, int32),
  conditions: optional(6, listMap(DeploymentCondition, ['type'], { mergeKey: 'type', patchStrategy: 'merge' })),
  collisionCount: optional(8, int32),
});
export interface DeploymentStatus extends Infer<typeof DeploymentStatus> {}

export const Deployment = namespacedObject('io.k8s.api.apps.v1.Deployment', {
  spec: present(2, DeploymentSpec),
  status: present(3, DeploymentStatus),
});
export interface Deployment extends Infer<typeof Deployment> {}
