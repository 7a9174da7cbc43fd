import { TypedLocalObjectReference } from '../core/reference.schema.ts';
import { namespacedObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { inline, int32, list, message, oneOf, optional, present, required, string } from '../schema.ts';

export const ServiceBackendPort = message(
  'io.k8s.api.networking.v1.ServiceBackendPort',
  {
    name: optional(1, string),
    number: optional(2, int32),
  },
  { atomic: true },
);
export interface ServiceBackendPort extends Infer<typeof ServiceBackendPort> {}

export const IngressServiceBackend = message('io.k8s.api.networking.v1.IngressServiceBackend', {
  name: required(1, string),
  port: optional(2, ServiceBackendPort),
});
export interface IngressServiceBackend extends Infer<typeof IngressServiceBackend> {}

export const IngressBackend = message('io.k8s.api.networking.v1.IngressBackend', {
  service: optional(4, IngressServiceBackend),
  resource: optional(3, TypedLocalObjectReference),
});
export interface IngressBackend extends Infer<typeof IngressBackend> {}

export const HTTPIngressPath = message('io.k8s.api.networking.v1.HTTPIngressPath', {
  path: optional(1, string),
  pathType: required(3, oneOf('Exact', 'ImplementationSpecific', 'Prefix')),
  backend: required(2, IngressBackend),
});
export interface HTTPIngressPath extends Infer<typeof HTTPIngressPath> {}

export const HTTPIngressRuleValue = message('io.k8s.api.networking.v1.HTTPIngressRuleValue', {
  paths: required(1, list(HTTPIngressPath)),
});
export interface HTTPIngressRuleValue extends Infer<typeof HTTPIngressRuleValue> {}

export const IngressRuleValue = message('io.k8s.api.networking.v1.IngressRuleValue', {
  http: optional(1, HTTPIngressRuleValue),
});
export interface IngressRuleValue extends Infer<typeof IngressRuleValue> {}

export const IngressRule = message('io.k8s.api.networking.v1.IngressRule', {
  host: optional(1, string),
  ingressRuleValue: inline(2, IngressRuleValue),
});
export interface IngressRule extends Infer<typeof IngressRule> {}

export const IngressTLS = message('io.k8s.api.networking.v1.IngressTLS', {
  hosts: optional(1, list(string)),
  secretName: optional(2, string),
});
export interface IngressTLS extends Infer<typeof IngressTLS> {}

export const IngressSpec = message('io.k8s.api.networking.v1.IngressSpec', {
  ingressClassName: optional(4, string),
  defaultBackend: optional(1, IngressBackend),
  tls: optional(2, list(IngressTLS)),
  rules: optional(3, list(IngressRule)),
});
export interface IngressSpec extends Infer<typeof IngressSpec> {}

export const IngressPortStatus = message('io.k8s.api.networking.v1.IngressPortStatus', {
  port: required(1, int32),
  protocol: required(2, oneOf('SCTP', 'TCP', 'UDP')),
  error: optional(3, string),
});
export interface IngressPortStatus extends Infer<typeof IngressPortStatus> {}

export const IngressLoadBalancerIngress = message('io.k8s.api.networking.v1.IngressLoadBalancerIngress', {
  ip: optional(1, string),
  hostname: optional(2, string),
  ports: optional(4, list(IngressPortStatus)),
});
export interface IngressLoadBalancerIngress extends Infer<typeof IngressLoadBalancerIngress> {}

export const IngressLoadBalancerStatus = message('io.k8s.api.networking.v1.IngressLoadBalancerStatus', {
  ingress: optional(1, list(IngressLoadBalancerIngress)),
});
export interface IngressLoadBalancerStatus extends Infer<typeof IngressLoadBalancerStatus> {}

export const IngressStatus = message('io.k8s.api.networking.v1.IngressStatus', {
  loadBalancer: present(1, IngressLoadBalancerStatus),
});
export interface IngressStatus extends Infer<typeof IngressStatus> {}

export const Ingress = namespacedObject('io.k8s.api.networking.v1.Ingress', {
  spec: present(2, IngressSpec),
  status: present(3, IngressStatus),
});
export interface Ingress extends Infer<typeof Ingress> {}
