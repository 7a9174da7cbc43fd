import { ObjectReference } from '../core/reference.schema.ts';
import { namespacedObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { boolean, int32, list, mapOf, message, oneOf, optional, required, setOf, string } from '../schema.ts';

export const EndpointConditions = message('io.k8s.api.discovery.v1.EndpointConditions', {
  ready: optional(1, boolean),
  serving: optional(2, boolean),
  terminating: optional(3, boolean),
});
export interface EndpointConditions extends Infer<typeof EndpointConditions> {}

export const ForNode = message('io.k8s.api.discovery.v1.ForNode', {
  name: required(1, string),
});
export interface ForNode extends Infer<typeof ForNode> {}

export const ForZone = message('io.k8s.api.discovery.v1.ForZone', {
  name: required(1, string),
});
export interface ForZone extends Infer<typeof ForZone> {}

export const EndpointHints = message('io.k8s.api.discovery.v1.EndpointHints', {
  forZones: optional(1, list(ForZone)),
  forNodes: optional(2, list(ForNode)),
});
export interface EndpointHints extends Infer<typeof EndpointHints> {}

export const Endpoint = message('io.k8s.api.discovery.v1.Endpoint', {
  addresses: required(1, setOf(string)),
  conditions: optional(2, EndpointConditions),
  hostname: optional(3, string),
  targetRef: optional(4, ObjectReference),
  deprecatedTopology: optional(5, mapOf(string)),
  nodeName: optional(6, string),
  zone: optional(7, string),
  hints: optional(8, EndpointHints),
});
export interface Endpoint extends Infer<typeof Endpoint> {}

export const EndpointPort = message(
  'io.k8s.api.discovery.v1.EndpointPort',
  {
    name: optional(1, string),
    protocol: optional(2, oneOf('SCTP', 'TCP', 'UDP')),
    port: optional(3, int32),
    appProtocol: optional(4, string),
  },
  { atomic: true },
);
export interface EndpointPort extends Infer<typeof EndpointPort> {}

export const EndpointSlice = namespacedObject('io.k8s.api.discovery.v1.EndpointSlice', {
  addressType: required(4, oneOf('FQDN', 'IPv4', 'IPv6')),
  endpoints: optional(2, list(Endpoint)),
  ports: optional(3, list(EndpointPort)),
});
export interface EndpointSlice extends Infer<typeof EndpointSlice> {}
