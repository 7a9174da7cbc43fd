import type { Infer } from '../schema.ts';
import { message, optional, required, string } from '../schema.ts';

export const ConfigMapNodeConfigSource = message('io.k8s.api.core.v1.ConfigMapNodeConfigSource', {
  namespace: required(1, string),
  name: required(2, string),
  uid: optional(3, string),
  resourceVersion: optional(4, string),
  kubeletConfigKey: required(5, string),
});
export interface ConfigMapNodeConfigSource extends Infer<typeof ConfigMapNodeConfigSource> {}

export const LocalObjectReference = message(
  'io.k8s.api.core.v1.LocalObjectReference',
  {
    name: optional(1, string),
  },
  { atomic: true },
);
export interface LocalObjectReference extends Infer<typeof LocalObjectReference> {}

export const ObjectReference = message(
  'io.k8s.api.core.v1.ObjectReference',
  {
    kind: optional(1, string),
    namespace: optional(2, string),
    name: optional(3, string),
    uid: optional(4, string),
    apiVersion: optional(5, string),
    resourceVersion: optional(6, string),
    fieldPath: optional(7, string),
  },
  { atomic: true },
);
export interface ObjectReference extends Infer<typeof ObjectReference> {}

export const SecretReference = message(
  'io.k8s.api.core.v1.SecretReference',
  {
    name: optional(1, string),
    namespace: optional(2, string),
  },
  { atomic: true },
);
export interface SecretReference extends Infer<typeof SecretReference> {}

export const TypedLocalObjectReference = message(
  'io.k8s.api.core.v1.TypedLocalObjectReference',
  {
    apiGroup: optional(1, string),
    kind: required(2, string),
    name: required(3, string),
  },
  { atomic: true },
);
export interface TypedLocalObjectReference extends Infer<typeof TypedLocalObjectReference> {}

export const TypedObjectReference = message('io.k8s.api.core.v1.TypedObjectReference', {
  apiGroup: optional(1, string),
  kind: required(2, string),
  name: required(3, string),
  namespace: optional(4, string),
});
export interface TypedObjectReference extends Infer<typeof TypedObjectReference> {}
