import { rangeOf, formatRange } from '../../system/ipv4.ts';
import { routeProtocol } from '../host/plan.ts';
import type { ClusterNetwork } from '../layout.ts';
import { checkNetwork, gatewayAddress, nodeAddress } from '../layout.ts';
import { hardwareAddress, hostLinkName, nodeNamespace } from '../names.ts';

/** The pods of another node, and the way to them. */
export interface PodRoute {
  readonly podRange: string;
  readonly nodeAddress: string;
}

export interface NodePlan {
  readonly cluster: string;
  readonly index: number;
  readonly subnet: string;
  readonly namespace: string;
  /** The host's end of the node's link. */
  readonly hostLink: string;
  readonly address: string;
  /** Lines for `ip -batch` in the host's namespace that make the link, and those that attach it, new or old. */
  readonly createLink: readonly string[];
  readonly attachLink: readonly string[];
  /** Lines for `ip -batch` inside the node's namespace. */
  readonly inside: readonly string[];
  /** Settings inside the namespace, by key below `/proc/sys`; optional ones may not exist on every kernel. */
  readonly sysctls: readonly { readonly key: string; readonly value: string; readonly optional?: true }[];
  /** One nft transaction inside the namespace. */
  readonly ruleset: string;
}

/** What the links carry unless the network says otherwise. */
export const defaultMtu = 1500;

/** Everything that the n-th node needs: its namespace, its link to the bridge, and what is inside. Pure. */
export function planNode(options: ClusterNetwork, index: number, podRoutes: readonly PodRoute[] = []): NodePlan {
  const network = checkNetwork(options);
  const mtu = network.mtu ?? defaultMtu;
  const address = nodeAddress(network, index);
  const namespace = nodeNamespace(network.cluster, index);
  const hostLink = hostLinkName(network.cluster, index);
  const host = `link add name ${hostLink} address ${hardwareAddress('host', address)} mtu ${mtu}`;
  const peer = `peer name eth0 address ${hardwareAddress('node', address)} mtu ${mtu} netns ${namespace}`;
  const gateway = gatewayAddress(network);
  return {
    cluster: network.cluster,
    index,
    subnet: network.subnet,
    namespace,
    hostLink,
    address,
    createLink: [`${host} type veth ${peer}`],
    attachLink: [`link set dev ${hostLink} master ${network.bridge} addrgenmode none up`],
    inside: [
      'link set dev lo up',
      `address replace ${network.dnsAddress}/32 dev lo`,
      `address replace ${address}/24 dev eth0`,
      'link set dev eth0 up',
      // Pods that do not exist are refused here; existing ones have longer routes.
      `route replace unreachable ${network.podRange} proto ${routeProtocol}`,
      // A process of the node needs some route before the Service proxy sees its packet; what the proxy does not take
      // it refuses, so that nothing follows this route to its end.
      `route replace ${network.serviceRange} dev eth0 src ${address} proto ${routeProtocol}`,
      network.isolated
        ? 'route flush exact 0.0.0.0/0'
        : `route replace default via ${gateway} dev eth0 src ${address} proto ${routeProtocol}`,
      ...podRoutes.map(podRouteLine),
    ],
    sysctls: nodeSysctls,
    ruleset: nodeRuleset(network, gateway),
  };
}

/** The line for `ip -batch` that sends the pods of another node there. */
export function podRouteLine({ podRange, nodeAddress: via }: PodRoute): string {
  const next = formatRange(rangeOf(via));
  return `route replace ${formatRange(rangeOf(podRange))} via ${next} dev eth0 proto ${podRouteProtocol}`;
}

/** The routing protocol number of routes to other nodes' pods, by which stale ones are found. */
export const podRouteProtocol = 84;

const nodeSysctls: NodePlan['sysctls'] = [
  { key: 'net/ipv4/ip_forward', value: '1' },
  // A new namespace takes the host's defaults, which may be strict.
  ...['all', 'default', 'eth0', 'lo'].map((name) => ({ key: `net/ipv4/conf/${name}/rp_filter`, value: '0' })),
  ...['all', 'default', 'eth0'].map((name) => ({ key: `net/ipv4/conf/${name}/send_redirects`, value: '0' })),
  // Node ports answer on 127.0.0.1 as well; the ruleset keeps others away from loopback.
  { key: 'net/ipv4/conf/all/route_localnet', value: '1' },
  // Refusals by ICMP must reach every client, not a few a second.
  { key: 'net/ipv4/icmp_ratelimit', value: '0', optional: true },
  // A packet that arrives out of its window is the endpoint's to judge: as invalid it would pass untranslated.
  { key: 'net/netfilter/nf_conntrack_tcp_be_liberal', value: '1', optional: true },
  { key: 'net/ipv6/conf/eth0/disable_ipv6', value: '1', optional: true },
];

/** The node's own table, beside the Service proxy's. */
export const nodeTableName = 'cox-node';

function nodeRuleset(network: ClusterNetwork, gateway: string): string {
  const table = `ip ${nodeTableName}`;
  const inside = `{ ${network.podRange}, ${network.serviceRange}, ${network.subnet} }`;
  return `${[
    `add table ${table}`,
    `delete table ${table}`,
    `add table ${table}`,
    `add chain ${table} loopback-guard { type filter hook prerouting priority -300; policy accept; }`,
    `add rule ${table} loopback-guard iifname != "lo" ip daddr 127.0.0.0/8 drop`,
    `add rule ${table} loopback-guard iifname != "lo" ip saddr 127.0.0.0/8 drop`,
    `add chain ${table} postrouting { type nat hook postrouting priority 101; policy accept; }`,
    // The host has no way back to a pod, and nobody outside has one: for both the node stands in.
    `add rule ${table} postrouting oifname "eth0" ip saddr ${network.podRange} ip daddr ${gateway} masquerade`,
    `add rule ${table} postrouting oifname "eth0" ip saddr ${network.podRange} ip daddr != ${inside} masquerade`,
  ].join('\n')}\n`;
}
