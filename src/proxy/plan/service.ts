import type { Service } from '../../api/core/service.schema.ts';
import type { EndpointSlice } from '../../api/discovery/endpoint-slice.schema.ts';
import type { Fragment, Match, Protocol, Rule, SocketAddress, Verdict } from '../model.ts';
import { addressKey, portKey } from '../model.ts';
import { canonicalRanges, inRanges } from '../../system/ipv4.ts';
import type { ProxyConfiguration } from './configuration.ts';
import type { ServiceEndpoint, UsableEndpoints } from './endpoints.ts';
import { endpointsOf, usableEndpoints } from './endpoints.ts';
import { FragmentBuilder } from './fragment.ts';
import { chains, digestName } from './names.ts';
import type { ServicePortInfo } from './service-ports.ts';
import { clusterAddresses, servicePorts } from './service-ports.ts';
import { rule } from './skeleton.ts';
import { mostRules, spread } from './spread.ts';

/** The rules of one Service with these EndpointSlices on this node. */
export function planService(
  service: Service,
  slices: readonly EndpointSlice[],
  configuration: ProxyConfiguration,
): Fragment {
  const builder = new FragmentBuilder();
  for (const ip of clusterAddresses(service, configuration.localAddresses)) {
    builder.verdict('cluster-ips', ip, { goto: chains.reject });
  }
  for (const port of servicePorts(service, configuration.localAddresses)) {
    const endpoints = endpointsOf(slices, port.portName, port.protocol, configuration.nodeName);
    new ServicePortPlan(builder, port, usableEndpoints(endpoints, configuration), configuration).plan();
  }
  return builder.build();
}

class ServicePortPlan {
  readonly #builder: FragmentBuilder;
  readonly #port: ServicePortInfo;
  readonly #usable: UsableEndpoints;
  readonly #configuration: ProxyConfiguration;

  constructor(
    builder: FragmentBuilder,
    port: ServicePortInfo,
    usable: UsableEndpoints,
    configuration: ProxyConfiguration,
  ) {
    this.#builder = builder;
    this.#port = port;
    this.#usable = usable;
    this.#configuration = configuration;
  }

  plan(): void {
    const { internalLocal } = this.#port;
    this.#clusterAddresses(internalLocal ? this.#localChain() : this.#clusterChain());
    if (this.#hasExternalAddress()) this.#externalAddresses();
    for (const endpoint of new Set([...this.#usable.cluster, ...this.#usable.local])) {
      if (endpoint.local) this.#builder.hairpin(endpoint, this.#port.protocol);
    }
    this.#udpDestinations();
  }

  #clusterAddresses(chain: string | undefined): void {
    const { clusterIPs, protocol, port } = this.#port;
    for (const ip of clusterIPs) {
      const key = addressKey(ip, protocol, port);
      if (chain !== undefined) this.#builder.verdict('service-ips', key, { goto: chain });
      else this.#builder.verdict('no-endpoint-services', key, this.#refusal(this.#port.internalLocal));
    }
  }

  #hasExternalAddress(): boolean {
    const { nodePort, externalIPs, loadBalancerIPs } = this.#port;
    return nodePort !== undefined || externalIPs.length > 0 || loadBalancerIPs.length > 0;
  }

  #externalAddresses(): void {
    const { nodePort, externalIPs, loadBalancerIPs, protocol, port, externalLocal } = this.#port;
    const chain = this.#externalChain('external');
    // The machine under the nodes sends what is for a balancer's address to nodes with an endpoint, and as it came.
    const balancer = externalLocal && loadBalancerIPs.length > 0 ? this.#externalChain('balancer') : chain;
    // Under policy Local the node's own traffic may still go to any endpoint: the chain tells the two apart, and what
    // falls through it is dropped, so that a load balancer's health check, not a refusal, takes this node out.
    const unanswered = chain === undefined || (externalLocal && this.#usable.local.length === 0);
    const refusal = this.#refusal(externalLocal);
    const answers = [
      ...externalIPs.map((ip) => [ip, chain] as const),
      ...loadBalancerIPs.map((ip) => [ip, balancer] as const),
    ];
    for (const [ip, answer] of answers) {
      const key = addressKey(ip, protocol, port);
      if (answer !== undefined) this.#builder.verdict('service-ips', key, { goto: answer });
      if (unanswered) this.#builder.verdict('no-endpoint-services', key, refusal);
    }
    if (nodePort !== undefined) {
      const key = portKey(protocol, nodePort);
      if (chain !== undefined) this.#builder.verdict('service-nodeports', key, { goto: chain });
      if (unanswered) this.#builder.verdict('no-endpoint-nodeports', key, refusal);
    }
    this.#firewall();
  }

  /** Without any endpoint a client is refused; where only policy Local leaves none, it is dropped. */
  #refusal(local: boolean): Verdict {
    return local && this.#usable.cluster.length > 0 ? 'drop' : { goto: chains.reject };
  }

  #clusterChain(): string | undefined {
    return this.#balancingChain('service', this.#usable.cluster);
  }

  #localChain(): string | undefined {
    return this.#balancingChain('local', this.#usable.local);
  }

  #externalChain(kind: 'external' | 'balancer'): string | undefined {
    const { id, externalLocal } = this.#port;
    const cluster = this.#clusterChain();
    const local = externalLocal ? this.#localChain() : undefined;
    if (cluster === undefined && local === undefined) return undefined;
    const rules: Rule[] = [];
    if (!externalLocal && cluster !== undefined) rules.push(rule([], { action: 'mark' }, goTo(cluster)));
    if (externalLocal && cluster !== undefined) {
      const { localPodRange, gatewayAddresses } = this.#configuration;
      rules.push(rule([{ match: 'source', in: canonicalRanges([localPodRange]) }], goTo(cluster)));
      rules.push(rule([{ match: 'source-is-local' }], { action: 'mark' }, goTo(cluster)));
      const gateways = kind === 'balancer' ? [] : canonicalRanges(gatewayAddresses);
      if (gateways.length > 0) {
        rules.push(rule([{ match: 'source', in: gateways }], { action: 'mark' }, goTo(cluster)));
      }
    }
    if (local !== undefined) rules.push(rule([], goTo(local)));
    return this.#builder.chain(digestName(kind, id), rules);
  }

  #balancingChain(kind: 'service' | 'local', endpoints: readonly ServiceEndpoint[]): string | undefined {
    if (endpoints.length === 0) return undefined;
    const { id, protocol, affinitySeconds } = this.#port;
    const name = digestName(kind, id);
    if (affinitySeconds === undefined) {
      const to = endpoints.map(({ ip, port }) => ({ ip, port }));
      const known = protocolMatches[protocol];
      const rules =
        to.length > mostRules
          ? [rule([known], { action: 'translate', to })]
          : spread(to, (one, chance) => rule([known, ...chance], { action: 'translate', to: [one] }));
      return this.#builder.chain(name, rules);
    }
    const targets = endpoints.map((endpoint) => this.#affinityChain(endpoint, affinitySeconds));
    const newClients =
      targets.length > mostRules
        ? [rule([], { action: 'choose', chains: targets.map(({ chain }) => chain) })]
        : spread(targets, ({ chain }, chance) => rule(chance, goTo(chain)));
    return this.#builder.chain(name, [
      ...targets.map(({ set, chain }) => rule([{ match: 'source-in-set', set }], goTo(chain))),
      ...newClients,
    ]);
  }

  /** Policies share an endpoint's set, so that a client keeps its endpoint whichever address it uses. */
  #affinityChain({ ip, port }: SocketAddress, seconds: number): { set: string; chain: string } {
    const { id, protocol } = this.#port;
    // A set's timeout is fixed when it is made, so another timeout is another set.
    const set = this.#builder.affinitySet(digestName('affinity', id, ip, port, seconds), seconds);
    const chain = this.#builder.chain(digestName('endpoint', id, ip, port), [
      rule(
        [{ match: 'protocol', protocol }],
        { action: 'remember-source', set },
        { action: 'translate', to: [{ ip, port }] },
      ),
    ]);
    return { set, chain };
  }

  /** Source ranges guard the load balancer's addresses, not node ports. */
  #firewall(): void {
    const { id, loadBalancerIPs, loadBalancerSourceRanges: ranges, protocol, port } = this.#port;
    if (ranges === undefined || loadBalancerIPs.length === 0) return;
    // A node that is let in may appear with the balancer's own address, where that is assigned to it.
    const nodeIsAllowed = this.#configuration.nodeAddresses.some((ip) => inRanges(ip, ranges));
    const allowed = canonicalRanges(nodeIsAllowed ? [...ranges, ...loadBalancerIPs] : ranges);
    const outsiders = allowed.length === 0 ? [] : [{ match: 'source', in: allowed, not: true } as const];
    const chain = this.#builder.chain(digestName('firewall', id), [rule(outsiders, { action: 'drop' })]);
    for (const ip of loadBalancerIPs) {
      this.#builder.verdict('firewall-ips', addressKey(ip, protocol, port), { goto: chain });
    }
  }

  #udpDestinations(): void {
    const { protocol, clusterIPs, externalIPs, loadBalancerIPs, port, nodePort } = this.#port;
    if (protocol !== 'UDP') return;
    const { cluster, local } = this.#usable;
    for (const ip of clusterIPs) {
      this.#builder.udpDestination(`${ip}:${port}`, this.#port.internalLocal ? local : cluster);
    }
    const reachable = [...new Set([...cluster, ...(this.#port.externalLocal ? local : [])])];
    for (const ip of [...externalIPs, ...loadBalancerIPs]) this.#builder.udpDestination(`${ip}:${port}`, reachable);
    if (nodePort !== undefined) this.#builder.udpDestination(`:${nodePort}`, reachable);
  }
}

/** Shared by the rules of all Services. */
const protocolMatches: Readonly<Record<Protocol, Match>> = {
  TCP: { match: 'protocol', protocol: 'TCP' },
  UDP: { match: 'protocol', protocol: 'UDP' },
  SCTP: { match: 'protocol', protocol: 'SCTP' },
};

function goTo(chain: string): { readonly action: 'goto'; readonly chain: string } {
  return { action: 'goto', chain };
}
