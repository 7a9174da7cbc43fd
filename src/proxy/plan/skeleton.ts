import type { Action, HookPoint, Match, Rule, Skeleton, SkeletonChain } from '../model.ts';
import { canonicalRanges } from '../../system/ipv4.ts';
import type { ProxyConfiguration } from './configuration.ts';
import { chains } from './names.ts';

const loopbackRange = '127.0.0.0/8';

/** A rule in one line. */
export function rule(matches: readonly Match[], ...actions: readonly Action[]): Rule {
  return { matches, actions };
}

const newConnection: Match = { match: 'new-connection' };
const jump = (chain: string): Action => ({ action: 'jump', chain });

/**
 * Where the kernel enters the table. The filter chains before translation (-110) see the address that the client asked
 * for, those at priority 0 what is left of it. Filter chains look at the first packet of a connection only, and nat
 * chains are entered for no other, so that established connections pass without a look-up.
 */
const hooks: readonly { name: string; hook: HookPoint; checks: readonly Rule[] }[] = [
  {
    name: 'filter-prerouting-pre-dnat',
    hook: { type: 'filter', hook: 'prerouting', priority: -110 },
    checks: [rule([newConnection], jump(chains.firewallCheck))],
  },
  {
    name: 'filter-output-pre-dnat',
    hook: { type: 'filter', hook: 'output', priority: -110 },
    checks: [rule([newConnection], jump(chains.firewallCheck))],
  },
  ...(['input', 'forward', 'output'] as const).map((hook) => ({
    name: `filter-${hook}`,
    hook: { type: 'filter', hook, priority: 0 } as const,
    checks: [rule([newConnection], jump(chains.endpointCheck))],
  })),
  {
    name: 'nat-prerouting',
    hook: { type: 'nat', hook: 'prerouting', priority: -100 },
    checks: [rule([], jump(chains.services))],
  },
  {
    name: 'nat-output',
    hook: { type: 'nat', hook: 'output', priority: -100 },
    checks: [rule([], jump(chains.services))],
  },
  {
    name: 'nat-postrouting',
    hook: { type: 'nat', hook: 'postrouting', priority: 100 },
    checks: [
      rule([{ match: 'marked' }], { action: 'masquerade' }),
      // A pod that reaches itself through a Service must see another source than itself, or its answer never leaves it.
      rule([{ match: 'hairpin' }], { action: 'masquerade' }),
    ],
  },
];

/** The rules that depend on the node alone: a fixed number, whatever the number of Services. */
export function planSkeleton(configuration: ProxyConfiguration): Skeleton {
  const serviceRanges = canonicalRanges(configuration.serviceRanges);
  const routed: SkeletonChain[] = [
    { name: chains.reject, rules: rejectRules },
    {
      name: chains.firewallCheck,
      rules: [rule([], { action: 'lookup', map: 'firewall-ips' })],
    },
    { name: chains.endpointCheck, rules: endpointCheckRules(configuration) },
    { name: chains.services, rules: servicesRules(configuration, serviceRanges) },
  ];
  return {
    chains: [...routed, ...hooks.map(({ name, hook, checks }) => ({ name, hook, rules: checks }))],
    nodePortAddresses: canonicalRanges([...configuration.nodeAddresses, loopbackRange]),
  };
}

/** A reset is not rate-limited, unlike ICMP, so that every one of many clients is refused at once. */
const rejectRules: readonly Rule[] = [
  rule([{ match: 'protocol', protocol: 'TCP' }], { action: 'reject', with: 'tcp-reset' }),
  rule([], { action: 'reject', with: 'port-unreachable' }),
];

function endpointCheckRules({ serviceRanges, localAddresses, balancerRanges }: ProxyConfiguration): readonly Rule[] {
  const local = canonicalRanges(localAddresses);
  const notLocal: readonly Match[] = local.length === 0 ? [] : [{ match: 'destination', in: local, not: true }];
  const remaining = (ranges: readonly string[], action: Action): readonly Rule[] => {
    const canonical = canonicalRanges(ranges);
    return canonical.length === 0 ? [] : [rule([{ match: 'destination', in: canonical }, ...notLocal], action)];
  };
  const refuse: Action = { action: 'goto', chain: chains.reject };
  return [
    rule([], { action: 'lookup', map: 'no-endpoint-services' }),
    rule([{ match: 'destination-in-set', set: 'nodeport-ips' }], { action: 'lookup', map: 'no-endpoint-nodeports' }),
    // What is still on its way to a Service's address asks for a port that the Service does not have.
    rule([], { action: 'lookup', map: 'cluster-ips' }),
    // No Service has the address, or none that this node has heard of: one that is about to have it must not refuse
    // the first who has learned its name, whose repeated packet will find it.
    ...remaining(serviceRanges, { action: 'drop' }),
    ...remaining(balancerRanges, refuse),
  ];
}

function servicesRules(configuration: ProxyConfiguration, serviceRanges: readonly string[]): readonly Rule[] {
  const known = canonicalRanges([configuration.podRange, ...configuration.nodeAddresses]);
  const markStrangers =
    serviceRanges.length === 0
      ? []
      : // A client from elsewhere must get its answers through this node, which translates them back.
        [
          rule(
            [
              { match: 'destination', in: serviceRanges },
              { match: 'source', in: known, not: true },
            ],
            { action: 'mark' },
          ),
        ];
  return [
    ...markStrangers,
    rule([], { action: 'lookup', map: 'service-ips' }),
    rule([], { action: 'lookup', map: 'host-port-ips' }),
    rule([{ match: 'destination-in-set', set: 'nodeport-ips' }], { action: 'lookup', map: 'service-nodeports' }),
    rule([{ match: 'destination-in-set', set: 'nodeport-ips' }], { action: 'lookup', map: 'host-ports' }),
  ];
}
