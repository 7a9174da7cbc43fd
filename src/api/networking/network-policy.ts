import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { FieldError } from '../field-error.ts';
import { forbiddenField, invalidField, requiredField } from '../field-error.ts';
import { defineKind } from '../kind.ts';
import { validatePort, validatePortOrName } from '../validation/numbers.ts';
import { ifSet } from '../values/if-set.ts';
import { parseRange, rangeContains } from '../values/ip-range.ts';
import { formatLabelSelector, validateLabelSelector } from '../values/label-selector.ts';
import { NetworkPolicy } from './network-policy.schema.ts';
import type { IPBlock, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec } from './network-policy.schema.ts';

type Ports = readonly NetworkPolicyPort[] | undefined;
type Peers = readonly NetworkPolicyPeer[] | undefined;

function withProtocols<T extends { readonly ports?: Ports }>(rules: readonly T[]): readonly T[] {
  const fill = (port: NetworkPolicyPort): NetworkPolicyPort => ({ ...port, protocol: port.protocol ?? 'TCP' });
  return rules.map((rule) => ({ ...rule, ...ifSet('ports', rule.ports, (ports) => ports.map(fill)) }));
}

/** A policy is about incoming traffic, and about outgoing where it has rules for that. */
function defaultSpec(spec: NetworkPolicySpec): NetworkPolicySpec {
  const { policyTypes = [], egress = [] } = spec;
  const usual: NetworkPolicySpec['policyTypes'] = egress.length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
  return {
    ...spec,
    podSelector: spec.podSelector ?? {},
    ...ifSet('ingress', spec.ingress, withProtocols),
    ...ifSet('egress', spec.egress, withProtocols),
    policyTypes: policyTypes.length === 0 ? usual : policyTypes,
  };
}

function validatePolicyPort({ port, endPort }: NetworkPolicyPort, path: string): FieldError[] {
  const at = `${path}.endPort`;
  if (port === undefined) {
    const message = 'may not be specified when `port` is not specified';
    return endPort === undefined ? [] : [invalidField(at, endPort, message)];
  }
  const errors: FieldError[] = [];
  if (typeof port === 'string' && endPort !== undefined) {
    errors.push(invalidField(at, endPort, 'may not be specified when `port` is non-numeric'));
  }
  errors.push(...validatePortOrName(port, `${path}.port`));
  if (typeof port === 'string' || endPort === undefined) return errors;
  if (endPort < port) errors.push(invalidField(at, port, 'must be greater than or equal to `port`'));
  return [...errors, ...validatePort(endPort, at)];
}

function validateBlock({ cidr, except = [] }: IPBlock, path: string): FieldError[] {
  if (cidr === '') return [requiredField(`${path}.cidr`)];
  const range = parseRange(cidr);
  if (range === undefined) return [invalidField(`${path}.cidr`, cidr, 'not a valid CIDR')];
  return except.flatMap((text, index) => {
    const at = `${path}.except[${index}]`;
    const part = parseRange(text);
    if (part === undefined) return [invalidField(at, text, 'not a valid CIDR')];
    return rangeContains(range, part) && part.length > range.length
      ? []
      : [invalidField(at, text, 'must be a strict subset of `cidr`')];
  });
}

function validatePeer({ podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer, path: string): FieldError[] {
  const hasSelector = podSelector !== undefined || namespaceSelector !== undefined;
  return [
    ...validateLabelSelector(podSelector, `${path}.podSelector`),
    ...validateLabelSelector(namespaceSelector, `${path}.namespaceSelector`),
    ...(ipBlock === undefined ? [] : validateBlock(ipBlock, `${path}.ipBlock`)),
    ...(hasSelector || ipBlock !== undefined ? [] : [requiredField(path, 'must specify a peer')]),
    ...(hasSelector && ipBlock !== undefined
      ? [forbiddenField(path, 'may not specify both ipBlock and another peer')]
      : []),
  ];
}

function validateRule(ports: Ports, peers: Peers, path: string, direction: 'from' | 'to'): FieldError[] {
  return [
    ...(ports ?? []).flatMap((port, index) => validatePolicyPort(port, `${path}.ports[${index}]`)),
    ...(peers ?? []).flatMap((peer, index) => validatePeer(peer, `${path}.${direction}[${index}]`)),
  ];
}

function validatePolicy({ spec }: NetworkPolicy): FieldError[] {
  const { podSelector, ingress = [], egress = [], policyTypes = [] } = spec;
  return [
    ...validateLabelSelector(podSelector, 'spec.podSelector'),
    ...ingress.flatMap(({ ports, from }, index) => validateRule(ports, from, `spec.ingress[${index}]`, 'from')),
    ...egress.flatMap(({ ports, to }, index) => validateRule(ports, to, `spec.egress[${index}]`, 'to')),
    ...(policyTypes.length > 2
      ? [invalidField('spec.policyTypes', policyTypes, 'may not specify more than two policyTypes')]
      : []),
  ];
}

export const networkPolicyKind = defineKind<NetworkPolicy>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
  shortNames: ['netpol'],
  namespaced: true,
  schema: NetworkPolicy,
  defaults: (policy) => ({ ...policy, spec: defaultSpec(policy.spec) }),
  validate: validatePolicy,
  columns: [nameColumn(), textColumn('Pod-Selector', ({ spec }) => formatLabelSelector(spec.podSelector)), ageColumn()],
});
