import type { Infer } from '../schema.ts';
import {
  any,
  boolean,
  int64,
  list,
  listMap,
  mapOf,
  message,
  optional,
  required,
  setOf,
  string,
  time,
} from '../schema.ts';

export const Condition = message('io.k8s.apimachinery.pkg.apis.meta.v1.Condition', {
  type: required(1, string),
  status: required(2, string),
  observedGeneration: optional(3, int64),
  lastTransitionTime: required(4, time),
  reason: required(5, string),
  message: required(6, string),
});
export interface Condition extends Infer<typeof Condition> {}

export const Preconditions = message('io.k8s.apimachinery.pkg.apis.meta.v1.Preconditions', {
  uid: optional(1, string),
  resourceVersion: optional(2, string),
});
export interface Preconditions extends Infer<typeof Preconditions> {}

export const DeleteOptions = message('io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions', {
  gracePeriodSeconds: optional(1, int64),
  preconditions: optional(2, Preconditions),
  orphanDependents: optional(3, boolean),
  propagationPolicy: optional(4, string),
  dryRun: optional(5, list(string)),
  ignoreStoreReadErrorWithClusterBreakingPotential: optional(6, boolean),
});
export interface DeleteOptions extends Infer<typeof DeleteOptions> {}

export const FieldSelectorRequirement = message('io.k8s.apimachinery.pkg.apis.meta.v1.FieldSelectorRequirement', {
  key: required(1, string),
  operator: required(2, string),
  values: optional(3, list(string)),
});
export interface FieldSelectorRequirement extends Infer<typeof FieldSelectorRequirement> {}

export const LabelSelectorRequirement = message('io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelectorRequirement', {
  key: required(1, string),
  operator: required(2, string),
  values: optional(3, list(string)),
});
export interface LabelSelectorRequirement extends Infer<typeof LabelSelectorRequirement> {}

export const LabelSelector = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector',
  {
    matchLabels: optional(1, mapOf(string)),
    matchExpressions: optional(2, list(LabelSelectorRequirement)),
  },
  { atomic: true },
);
export interface LabelSelector extends Infer<typeof LabelSelector> {}

export const ShardInfo = message('io.k8s.apimachinery.pkg.apis.meta.v1.ShardInfo', {
  selector: required(1, string),
});
export interface ShardInfo extends Infer<typeof ShardInfo> {}

export const ListMeta = message('io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta', {
  selfLink: optional(1, string),
  resourceVersion: optional(2, string),
  continue: optional(3, string),
  remainingItemCount: optional(4, int64),
  shardInfo: optional(5, ShardInfo),
});
export interface ListMeta extends Infer<typeof ListMeta> {}

export const ManagedFieldsEntry = message('io.k8s.apimachinery.pkg.apis.meta.v1.ManagedFieldsEntry', {
  manager: optional(1, string),
  operation: optional(2, string),
  apiVersion: optional(3, string),
  time: optional(4, time),
  fieldsType: optional(6, string),
  fieldsV1: optional(7, any),
  subresource: optional(8, string),
});
export interface ManagedFieldsEntry extends Infer<typeof ManagedFieldsEntry> {}

export const OwnerReference = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.OwnerReference',
  {
    apiVersion: required(5, string),
    kind: required(1, string),
    name: required(3, string),
    uid: required(4, string),
    controller: optional(6, boolean),
    blockOwnerDeletion: optional(7, boolean),
  },
  { atomic: true },
);
export interface OwnerReference extends Infer<typeof OwnerReference> {}

export const ObjectMeta = message('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta', {
  name: optional(1, string),
  generateName: optional(2, string),
  namespace: optional(3, string),
  selfLink: optional(4, string),
  uid: optional(5, string),
  resourceVersion: optional(6, string),
  generation: optional(7, int64),
  creationTimestamp: optional(8, time),
  deletionTimestamp: optional(9, time),
  deletionGracePeriodSeconds: optional(10, int64),
  labels: optional(11, mapOf(string)),
  annotations: optional(12, mapOf(string)),
  ownerReferences: optional(13, listMap(OwnerReference, ['uid'], { mergeKey: 'uid', patchStrategy: 'merge' })),
  finalizers: optional(14, setOf(string, { patchStrategy: 'merge' })),
  managedFields: optional(17, list(ManagedFieldsEntry)),
});
export interface ObjectMeta extends Infer<typeof ObjectMeta> {}
