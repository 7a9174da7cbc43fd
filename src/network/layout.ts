import type { Range } from '../system/ipv4.ts';
import { addressText, formatRange, rangeOf } from '../system/ipv4.ts';
import { bridgeName, checkClusterName } from './names.ts';

/** Ports of the host that lead into the cluster; 0 or undefined where one is not published. */
export interface PublishedPorts {
  readonly api: number;
  readonly http: number;
  readonly https: number;
  readonly nodePorts: { readonly from: number; readonly to: number } | undefined;
}

/** The network of one cluster on one machine. */
export interface ClusterNetwork {
  readonly cluster: string;
  /** The nodes' range, a /24, e.g. `172.29.0.0/24`. */
  readonly subnet: string;
  /** Numbers of the nodes on this machine, from 1: node n has the address .10+n. */
  readonly nodes: readonly number[];
  readonly podRange: string;
  readonly serviceRange: string;
  /** The Service address that every node's own DNS server answers on. */
  readonly dnsAddress: string;
  /** Whether nodes and pods have no way out of the machine. */
  readonly isolated: boolean;
  /** The largest packet of nodes and pods: 1500, or less where what is outside carries less (`uplinkMtu`). */
  readonly mtu?: number;
  readonly publish: PublishedPorts;
}

export const apiServerPort = 6443;

/** The most nodes that one /24 holds beside load balancers' addresses. */
export const maxNodes = 180;

/** The upper end of the nodes' /24, for load balancers: no node ever gets an address of it. */
export function balancerRange(network: Pick<ClusterNetwork, 'subnet'>): string {
  return formatRange({ base: subnetRange(network.subnet).base + 192, bits: 26 });
}

/** The host's address on the bridge. */
export function gatewayAddress(network: Pick<ClusterNetwork, 'subnet'>): string {
  return addressText(subnetRange(network.subnet).base + 1);
}

/** The address of the n-th node. */
export function nodeAddress(network: Pick<ClusterNetwork, 'subnet'>, index: number): string {
  if (!Number.isInteger(index) || index < 1 || index > maxNodes) throw new RangeError(`no such node number: ${index}`);
  return addressText(subnetRange(network.subnet).base + 10 + index);
}

function subnetRange(subnet: string): Range {
  const range = rangeOf(subnet);
  if (range.bits !== 24) throw new RangeError(`the nodes' range must be a /24: ${subnet}`);
  return range;
}

/**
 * The metric of the cluster's routes that refuse pod and Service addresses. It follows from the subnet, which no two
 * clusters share, so that each has routes of its own and deleting one leaves the other's.
 */
export function refusalMetric(subnet: string): number {
  return Math.floor(subnetRange(subnet).base / 256);
}

/** The network with every value checked and canonical; throws a RangeError that names the bad one. */
export function checkNetwork(network: ClusterNetwork): ClusterNetwork & { readonly bridge: string } {
  checkClusterName(network.cluster);
  const { api, http, https, nodePorts } = network.publish;
  const ports = [api, http, https, nodePorts?.from ?? 0, nodePorts?.to ?? 0];
  const bad = ports.find((port) => !Number.isInteger(port) || port < 0 || port > 65_535);
  if (bad !== undefined) throw new RangeError(`not a port: ${bad}`);
  if (nodePorts !== undefined && nodePorts.from > nodePorts.to) throw new RangeError('the node-port range is empty');
  if (network.mtu !== undefined && !(network.mtu >= 576 && network.mtu <= 65_535)) {
    throw new RangeError(`not a size of packets: ${network.mtu}`);
  }
  for (const index of network.nodes) nodeAddress(network, index);
  return {
    ...network,
    subnet: formatRange(subnetRange(network.subnet)),
    podRange: formatRange(rangeOf(network.podRange)),
    serviceRange: formatRange(rangeOf(network.serviceRange)),
    dnsAddress: addressText(rangeOf(network.dnsAddress).base),
    bridge: bridgeName(network.cluster),
  };
}
