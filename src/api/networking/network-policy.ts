import { defineKind } from '../kind.ts';
import { NetworkPolicy } from './network-policy.schema.ts';

export const networkPolicyKind = defineKind<NetworkPolicy>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
  shortNames: ['netpol'],
  namespaced: true,
  schema: NetworkPolicy,
});
