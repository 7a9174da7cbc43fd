import { clusterObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import {
  boolean,
  bytes,
  int32,
  int64,
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
import { JSONSchemaProps } from './json-schema-props.schema.ts';

const apiextensions = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1';

export const ServiceReference = message(`${apiextensions}.ServiceReference`, {
  namespace: required(1, string),
  name: required(2, string),
  path: optional(3, string),
  port: optional(4, int32),
});

export const WebhookClientConfig = message(`${apiextensions}.WebhookClientConfig`, {
  url: optional(3, string),
  service: optional(1, ServiceReference),
  caBundle: optional(2, bytes),
});

export const WebhookConversion = message(`${apiextensions}.WebhookConversion`, {
  clientConfig: optional(2, WebhookClientConfig),
  conversionReviewVersions: required(3, list(string)),
});

export const CustomResourceConversion = message(`${apiextensions}.CustomResourceConversion`, {
  strategy: required(1, string),
  webhook: optional(2, WebhookConversion),
});
export interface CustomResourceConversion extends Infer<typeof CustomResourceConversion> {}

export const CustomResourceColumnDefinition = message(`${apiextensions}.CustomResourceColumnDefinition`, {
  name: required(1, string),
  type: required(2, string),
  format: optional(3, string),
  description: optional(4, string),
  priority: optional(5, int32),
  jsonPath: required(6, string),
});
export interface CustomResourceColumnDefinition extends Infer<typeof CustomResourceColumnDefinition> {}

export const CustomResourceSubresourceScale = message(`${apiextensions}.CustomResourceSubresourceScale`, {
  specReplicasPath: required(1, string),
  statusReplicasPath: required(2, string),
  labelSelectorPath: optional(3, string),
});
export interface CustomResourceSubresourceScale extends Infer<typeof CustomResourceSubresourceScale> {}

export const CustomResourceSubresources = message(`${apiextensions}.CustomResourceSubresources`, {
  status: optional(1, message(`${apiextensions}.CustomResourceSubresourceStatus`, {})),
  scale: optional(2, CustomResourceSubresourceScale),
});
export interface CustomResourceSubresources extends Infer<typeof CustomResourceSubresources> {}

export const CustomResourceValidation = message(`${apiextensions}.CustomResourceValidation`, {
  openAPIV3Schema: optional(1, JSONSchemaProps),
});

export const SelectableField = message(`${apiextensions}.SelectableField`, {
  jsonPath: required(1, string),
});

export const CustomResourceDefinitionVersion = message(`${apiextensions}.CustomResourceDefinitionVersion`, {
  name: required(1, string),
  served: required(2, boolean),
  storage: required(3, boolean),
  deprecated: optional(7, boolean),
  deprecationWarning: optional(8, string),
  schema: optional(4, CustomResourceValidation),
  subresources: optional(5, CustomResourceSubresources),
  additionalPrinterColumns: optional(6, list(CustomResourceColumnDefinition)),
  selectableFields: optional(9, list(SelectableField)),
});
export interface CustomResourceDefinitionVersion extends Infer<typeof CustomResourceDefinitionVersion> {}

export const CustomResourceDefinitionNames = message(`${apiextensions}.CustomResourceDefinitionNames`, {
  plural: required(1, string),
  singular: optional(2, string),
  shortNames: optional(3, list(string)),
  kind: required(4, string),
  listKind: optional(5, string),
  categories: optional(6, list(string)),
});
export interface CustomResourceDefinitionNames extends Infer<typeof CustomResourceDefinitionNames> {}

export const CustomResourceDefinitionSpec = message(`${apiextensions}.CustomResourceDefinitionSpec`, {
  group: required(1, string),
  names: required(3, CustomResourceDefinitionNames),
  scope: required(4, string),
  versions: required(7, list(CustomResourceDefinitionVersion)),
  conversion: optional(9, CustomResourceConversion),
  preserveUnknownFields: optional(10, boolean),
});
export interface CustomResourceDefinitionSpec extends Infer<typeof CustomResourceDefinitionSpec> {}

export const CustomResourceDefinitionCondition = message(`${apiextensions}.CustomResourceDefinitionCondition`, {
  type: required(1, string),
  status: required(2, oneOf('False', 'True', 'Unknown')),
  lastTransitionTime: optional(3, time),
  reason: optional(4, string),
  message: optional(5, string),
  observedGeneration: optional(6, int64),
});
export interface CustomResourceDefinitionCondition extends Infer<typeof CustomResourceDefinitionCondition> {}

export const CustomResourceDefinitionStatus = message(`${apiextensions}.CustomResourceDefinitionStatus`, {
  conditions: optional(1, listMap(CustomResourceDefinitionCondition, ['type'])),
  acceptedNames: optional(2, CustomResourceDefinitionNames),
  storedVersions: optional(3, list(string)),
  observedGeneration: optional(4, int64),
});
export interface CustomResourceDefinitionStatus extends Infer<typeof CustomResourceDefinitionStatus> {}

export const CustomResourceDefinition = clusterObject(`${apiextensions}.CustomResourceDefinition`, {
  spec: required(2, CustomResourceDefinitionSpec),
  status: present(3, CustomResourceDefinitionStatus),
});
export interface CustomResourceDefinition extends Infer<typeof CustomResourceDefinition> {}
