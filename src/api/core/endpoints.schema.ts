import { ObjectReference } from './reference.schema.ts';
import { namespacedObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { int32, list, message, oneOf, optional, required, string } from '../schema.ts';

export const EndpointAddress = message(
  'io.k8s.api.core.v1.EndpointAddress',
  {
    ip: required(1, string),
    hostname: optional(3, string),
    nodeName: optional(4, string),
    targetRef: optional(2, ObjectReference),
  },
  { atomic: true },
);
export interface EndpointAddress extends Infer<typeof EndpointAddress> {}

export const EndpointPort = message(
  'io.k8s.api.core.v1.EndpointPort',
  {
    name: optional(1, string),
    port: required(2, int32),
    protocol: optional(3, oneOf('SCTP', 'TCP', 'UDP')),
    appProtocol: optional(4, string),
  },
  { atomic: true },
);
export interface EndpointPort extends Infer<typeof EndpointPort> {}

export const EndpointSubset = message('io.k8s.api.core.v1.EndpointSubset', {
  addresses: optional(1, list(EndpointAddress)),
  notReadyAddresses: optional(2, list(EndpointAddress)),
  ports: optional(3, list(EndpointPort)),
});
export interface EndpointSubset extends Infer<typeof EndpointSubset> {}

export const Endpoints = namespacedObject('io.k8s.api.core.v1.Endpoints', {
  subsets: optional(2, list(EndpointSubset)),
});
export interface Endpoints extends Infer<typeof Endpoints> {}
