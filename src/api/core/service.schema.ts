import { Condition } from '../meta/meta.schema.ts';
import { namespacedObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import {
  boolean,
  int32,
  intOrString,
  list,
  listMap,
  mapOf,
  message,
  oneOf,
  optional,
  present,
  required,
  string,
} from '../schema.ts';

export const ClientIPConfig = message('io.k8s.api.core.v1.ClientIPConfig', {
  timeoutSeconds: optional(1, int32),
});
export interface ClientIPConfig extends Infer<typeof ClientIPConfig> {}

export const PortStatus = message('io.k8s.api.core.v1.PortStatus', {
  port: required(1, int32),
  protocol: required(2, oneOf('SCTP', 'TCP', 'UDP')),
  error: optional(3, string),
});
export interface PortStatus extends Infer<typeof PortStatus> {}

export const LoadBalancerIngress = message('io.k8s.api.core.v1.LoadBalancerIngress', {
  ip: optional(1, string),
  hostname: optional(2, string),
  ipMode: optional(3, string),
  ports: optional(4, list(PortStatus)),
});
export interface LoadBalancerIngress extends Infer<typeof LoadBalancerIngress> {}

export const LoadBalancerStatus = message('io.k8s.api.core.v1.LoadBalancerStatus', {
  ingress: optional(1, list(LoadBalancerIngress)),
});
export interface LoadBalancerStatus extends Infer<typeof LoadBalancerStatus> {}

export const ServicePort = message('io.k8s.api.core.v1.ServicePort', {
  name: optional(1, string),
  protocol: optional(2, oneOf('SCTP', 'TCP', 'UDP')),
  appProtocol: optional(6, string),
  port: required(3, int32),
  targetPort: optional(4, intOrString),
  nodePort: optional(5, int32),
});
export interface ServicePort extends Infer<typeof ServicePort> {}

export const SessionAffinityConfig = message('io.k8s.api.core.v1.SessionAffinityConfig', {
  clientIP: optional(1, ClientIPConfig),
});
export interface SessionAffinityConfig extends Infer<typeof SessionAffinityConfig> {}

export const ServiceSpec = message('io.k8s.api.core.v1.ServiceSpec', {
  ports: optional(1, listMap(ServicePort, ['port', 'protocol'], { mergeKey: 'port', patchStrategy: 'merge' })),
  selector: optional(2, mapOf(string)),
  clusterIP: optional(3, string),
  clusterIPs: optional(18, list(string)),
  type: optional(4, oneOf('ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort')),
  externalIPs: optional(5, list(string)),
  sessionAffinity: optional(7, oneOf('ClientIP', 'None')),
  loadBalancerIP: optional(8, string),
  loadBalancerSourceRanges: optional(9, list(string)),
  externalName: optional(10, string),
  externalTrafficPolicy: optional(11, oneOf('Cluster', 'Local')),
  healthCheckNodePort: optional(12, int32),
  publishNotReadyAddresses: optional(13, boolean),
  sessionAffinityConfig: optional(14, SessionAffinityConfig),
  ipFamilies: optional(19, list(oneOf('', 'IPv4', 'IPv6'))),
  ipFamilyPolicy: optional(17, oneOf('PreferDualStack', 'RequireDualStack', 'SingleStack')),
  allocateLoadBalancerNodePorts: optional(20, boolean),
  loadBalancerClass: optional(21, string),
  internalTrafficPolicy: optional(22, oneOf('Cluster', 'Local')),
  trafficDistribution: optional(23, string),
});
export interface ServiceSpec extends Infer<typeof ServiceSpec> {}

export const ServiceStatus = message('io.k8s.api.core.v1.ServiceStatus', {
  loadBalancer: present(1, LoadBalancerStatus),
  conditions: optional(2, listMap(Condition, ['type'], { mergeKey: 'type', patchStrategy: 'merge' })),
});
export interface ServiceStatus extends Infer<typeof ServiceStatus> {}

export const Service = namespacedObject('io.k8s.api.core.v1.Service', {
  spec: present(2, ServiceSpec),
  status: present(3, ServiceStatus),
});
export interface Service extends Infer<typeof Service> {}
