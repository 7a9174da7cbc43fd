import type { Service } from '../../api/core/service.schema.ts';
import type { EndpointSlice } from '../../api/discovery/endpoint-slice.schema.ts';
import { inRanges } from '../../system/ipv4.ts';
import type { SocketAddress } from '../model.ts';
import type { ProxyConfiguration } from '../plan/configuration.ts';
import { endpointsOf, usableEndpoints } from '../plan/endpoints.ts';
import { servicePorts } from '../plan/service-ports.ts';

/** Who answers at a Service address, or that only the rules of nftables know. */
export type SocketTarget = readonly SocketAddress[] | 'nftables';

/** What a Service wants, by `address protocol port`, e.g. `10.233.0.10 6 80`. */
export type SocketTargets = ReadonlyMap<string, SocketTarget>;

const protocolNumbers = { TCP: 6, UDP: 17, SCTP: undefined } as const;
const mostEndpoints = 0xffff;

/**
 * The addresses of a Service that a pod's socket may translate by itself, with the endpoints that nftables would choose
 * from for a pod of this node. Left to nftables, which says more than "one of these": session affinity, source ranges,
 * addresses without endpoints, and addresses that a pod could mean otherwise (of pods, of loopback).
 */
export function planSocketTargets(
  service: Service,
  slices: readonly EndpointSlice[],
  configuration: ProxyConfiguration,
): SocketTargets {
  const targets = new Map<string, SocketTarget>();
  for (const port of servicePorts(service, configuration.localAddresses)) {
    const protocol = protocolNumbers[port.protocol];
    if (protocol === undefined) continue;
    const endpoints = endpointsOf(slices, port.portName, port.protocol, configuration.nodeName);
    const { cluster, local } = usableEndpoints(endpoints, configuration);
    const set = (ip: string, usable: readonly SocketAddress[], simple: boolean): void => {
      const key = `${ip} ${protocol} ${port.port}`;
      const few = usable.length > 0 && usable.length <= mostEndpoints;
      const chosen = simple && few && port.affinitySeconds === undefined;
      if (!targets.has(key)) targets.set(key, chosen ? usable.map((to) => ({ ip: to.ip, port: to.port })) : 'nftables');
    };
    for (const ip of port.clusterIPs) {
      set(ip, port.internalLocal ? local : cluster, inRanges(ip, configuration.serviceRanges));
    }
    // A pod of this node may use every endpoint of an external address, whatever the policy.
    const ambiguous = [...configuration.nodeAddresses, configuration.podRange, '127.0.0.0/8'];
    for (const ip of port.externalIPs) set(ip, cluster, !inRanges(ip, ambiguous));
    for (const ip of port.loadBalancerIPs) {
      set(ip, cluster, !inRanges(ip, ambiguous) && port.loadBalancerSourceRanges === undefined);
    }
  }
  return targets;
}

/**
 * The targets of all Services, merged: of two that want one address the first by name has it, as with nftables, unless
 * one of them leaves it to nftables.
 */
export class SocketTargetTable {
  readonly #byService = new Map<string, SocketTargets>();
  readonly #claims = new Map<string, Map<string, SocketTarget>>();
  readonly #changed = new Set<string>();

  /** Replaces a Service's targets; undefined takes them away. */
  set(service: string, targets: SocketTargets | undefined): void {
    for (const key of this.#byService.get(service)?.keys() ?? []) {
      const claims = this.#claims.get(key);
      claims?.delete(service);
      if (claims?.size === 0) this.#claims.delete(key);
      this.#changed.add(key);
    }
    if (targets === undefined || targets.size === 0) this.#byService.delete(service);
    else this.#byService.set(service, targets);
    for (const [key, target] of targets ?? []) {
      const claims = this.#claims.get(key) ?? new Map<string, SocketTarget>();
      this.#claims.set(key, claims.set(service, target));
      this.#changed.add(key);
    }
  }

  /** The endpoints for an address; undefined where it is left to nftables. */
  get(key: string): readonly SocketAddress[] | undefined {
    const claims = [...(this.#claims.get(key) ?? [])].toSorted(([a], [b]) => (a < b ? -1 : 1));
    const targets = claims.map(([, target]) => target);
    const first = targets[0];
    return first === undefined || first === 'nftables' || targets.includes('nftables') ? undefined : first;
  }

  keys(): Iterable<string> {
    return this.#claims.keys();
  }

  /** The addresses that may have changed since the last call. */
  takeChanged(): readonly string[] {
    const changed = [...this.#changed];
    this.#changed.clear();
    return changed;
  }
}
