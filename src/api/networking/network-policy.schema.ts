import { LabelSelector } from '../meta/meta.schema.ts';
import { namespacedObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { int32, intOrString, list, message, oneOf, optional, present, required, string } from '../schema.ts';

export const IPBlock = message('io.k8s.api.networking.v1.IPBlock', {
  cidr: required(1, string),
  except: optional(2, list(string)),
});
export interface IPBlock extends Infer<typeof IPBlock> {}

export const NetworkPolicyPeer = message('io.k8s.api.networking.v1.NetworkPolicyPeer', {
  podSelector: optional(1, LabelSelector),
  namespaceSelector: optional(2, LabelSelector),
  ipBlock: optional(3, IPBlock),
});
export interface NetworkPolicyPeer extends Infer<typeof NetworkPolicyPeer> {}

export const NetworkPolicyPort = message('io.k8s.api.networking.v1.NetworkPolicyPort', {
  protocol: optional(1, oneOf('SCTP', 'TCP', 'UDP')),
  port: optional(2, intOrString),
  endPort: optional(3, int32),
});
export interface NetworkPolicyPort extends Infer<typeof NetworkPolicyPort> {}

export const NetworkPolicyEgressRule = message('io.k8s.api.networking.v1.NetworkPolicyEgressRule', {
  ports: optional(1, list(NetworkPolicyPort)),
  to: optional(2, list(NetworkPolicyPeer)),
});
export interface NetworkPolicyEgressRule extends Infer<typeof NetworkPolicyEgressRule> {}

export const NetworkPolicyIngressRule = message('io.k8s.api.networking.v1.NetworkPolicyIngressRule', {
  ports: optional(1, list(NetworkPolicyPort)),
  from: optional(2, list(NetworkPolicyPeer)),
});
export interface NetworkPolicyIngressRule extends Infer<typeof NetworkPolicyIngressRule> {}

export const NetworkPolicySpec = message('io.k8s.api.networking.v1.NetworkPolicySpec', {
  podSelector: optional(1, LabelSelector),
  ingress: optional(2, list(NetworkPolicyIngressRule)),
  egress: optional(3, list(NetworkPolicyEgressRule)),
  policyTypes: optional(4, list(oneOf('Egress', 'Ingress'))),
});
export interface NetworkPolicySpec extends Infer<typeof NetworkPolicySpec> {}

export const NetworkPolicy = namespacedObject('io.k8s.api.networking.v1.NetworkPolicy', {
  spec: present(2, NetworkPolicySpec),
});
export interface NetworkPolicy extends Infer<typeof NetworkPolicy> {}
