import { PersistentVolumeClaimSpec } from './volume.schema.ts';
import { namespacedObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import {
  list,
  listMap,
  mapOf,
  message,
  oneOf,
  optional,
  present,
  quantity,
  required,
  string,
  time,
} from '../schema.ts';

export const ModifyVolumeStatus = message('io.k8s.api.core.v1.ModifyVolumeStatus', {
  targetVolumeAttributesClassName: optional(1, string),
  status: required(2, oneOf('InProgress', 'Infeasible', 'Pending')),
});
export interface ModifyVolumeStatus extends Infer<typeof ModifyVolumeStatus> {}

export const PersistentVolumeClaimCondition = message('io.k8s.api.core.v1.PersistentVolumeClaimCondition', {
  type: required(1, string),
  status: required(2, string),
  lastProbeTime: optional(3, time),
  lastTransitionTime: optional(4, time),
  reason: optional(5, string),
  message: optional(6, string),
});
export interface PersistentVolumeClaimCondition extends Infer<typeof PersistentVolumeClaimCondition> {}

export const PersistentVolumeClaimStatus = message('io.k8s.api.core.v1.PersistentVolumeClaimStatus', {
  phase: optional(1, oneOf('Bound', 'Lost', 'Pending')),
  accessModes: optional(2, list(oneOf('ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'))),
  capacity: optional(3, mapOf(quantity)),
  conditions: optional(
    4,
    listMap(PersistentVolumeClaimCondition, ['type'], { mergeKey: 'type', patchStrategy: 'merge' }),
  ),
  allocatedResources: optional(5, mapOf(quantity)),
  allocatedResourceStatuses: optional(7, mapOf(string)),
  currentVolumeAttributesClassName: optional(8, string),
  modifyVolumeStatus: optional(9, ModifyVolumeStatus),
});
export interface PersistentVolumeClaimStatus extends Infer<typeof PersistentVolumeClaimStatus> {}

export const PersistentVolumeClaim = namespacedObject('io.k8s.api.core.v1.PersistentVolumeClaim', {
  spec: present(2, PersistentVolumeClaimSpec),
  status: present(3, PersistentVolumeClaimStatus),
});
export interface PersistentVolumeClaim extends Infer<typeof PersistentVolumeClaim> {}
