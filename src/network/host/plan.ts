import type { ClusterNetwork } from '../layout.ts';
import { balancerRange, checkNetwork, gatewayAddress, refusalMetric } from '../layout.ts';
import { hardwareAddress } from '../names.ts';
import { hostRuleset } from './ruleset.ts';

/** What the host has already, as far as the plan depends on it. */
export interface HostState {
  readonly hasBridge: boolean;
  readonly hasIpv6: boolean;
  /** The host's addresses outside of clusters. */
  readonly addresses: readonly string[];
  /** Interfaces of the default routes. */
  readonly uplinks: readonly string[];
}

export interface Sysctl {
  /** With slashes, below `/proc/sys`: interface names may have dots. */
  readonly key: string;
  readonly value: string;
}

export interface HostPlan {
  readonly cluster: string;
  readonly bridge: string;
  readonly subnet: string;
  /** Lines for one `ip -batch`. */
  readonly links: readonly string[];
  /** Settings of our own interface: they go with it. */
  readonly sysctls: readonly Sysctl[];
  /** Settings of the host's interfaces, recorded so that they can be put back. */
  readonly borrowedSysctls: readonly Sysctl[];
  /** One nft transaction. */
  readonly ruleset: string;
}

/** The routing protocol number on our routes, by which they are recognised. */
export const routeProtocol = 83;

/** A route for the nodes' range that matters only while the bridge's own is missing. */
const guardMetric = 4_000_000_000;

/** Everything that a cluster needs in the host's namespace. Pure; carrying it out again completes a half-done one. */
export function planHost(options: ClusterNetwork, host: HostState): HostPlan {
  const network = checkNetwork(options);
  const { bridge, subnet } = network;
  const gateway = gatewayAddress(network);
  const add = `link add name ${bridge} address ${hardwareAddress('bridge', gateway)} type bridge`;
  const metric = refusalMetric(subnet);
  const conf = `net/ipv4/conf/${bridge}`;
  return {
    cluster: network.cluster,
    bridge,
    subnet,
    links: [
      // First, so that there is no moment in which node addresses are routed to the outside.
      `route replace unreachable ${subnet} metric ${guardMetric} proto ${routeProtocol}`,
      ...[network.serviceRange, network.podRange].map(
        (range) => `route replace throw ${range} metric ${metric} proto ${routeProtocol}`,
      ),
      ...(host.hasBridge ? [] : [`${add} stp_state 0 forward_delay 0 mcast_snooping 0`]),
      ...(host.hasIpv6 ? [`link set dev ${bridge} addrgenmode none`] : []),
      `address replace ${gateway}/24 dev ${bridge}`,
      `link set dev ${bridge} up`,
      // A load balancer's address that no node answers is refused at once; one in use has a longer route.
      `route replace unreachable ${balancerRange(network)} metric ${metric} proto ${routeProtocol}`,
    ],
    sysctls: [
      { key: `${conf}/route_localnet`, value: '1' },
      { key: `${conf}/rp_filter`, value: '0' },
      { key: `${conf}/send_redirects`, value: '0' },
      { key: `${conf}/forwarding`, value: network.isolated ? '0' : '1' },
    ],
    borrowedSysctls: network.isolated
      ? []
      : host.uplinks.map((uplink) => ({ key: `net/ipv4/conf/${uplink}/forwarding`, value: '1' })),
    ruleset: hostRuleset(network, host.addresses),
  };
}
