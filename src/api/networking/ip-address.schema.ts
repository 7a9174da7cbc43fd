import { clusterObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { message, optional, required, string } from '../schema.ts';

export const ParentReference = message('io.k8s.api.networking.v1.ParentReference', {
  group: optional(1, string),
  resource: required(2, string),
  namespace: optional(3, string),
  name: required(4, string),
});
export interface ParentReference extends Infer<typeof ParentReference> {}

export const IPAddressSpec = message('io.k8s.api.networking.v1.IPAddressSpec', {
  parentRef: required(1, ParentReference),
});
export interface IPAddressSpec extends Infer<typeof IPAddressSpec> {}

export const IPAddress = clusterObject('io.k8s.api.networking.v1.IPAddress', {
  spec: required(2, IPAddressSpec),
});
export interface IPAddress extends Infer<typeof IPAddress> {}
