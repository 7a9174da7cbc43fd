import { createHash } from 'node:crypto';
import { addressNumber } from '../system/ipv4.ts';

const validName = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Names go into commands and kernel objects: anything but a DNS label is refused here. */
export function checkClusterName(cluster: string): void {
  if (!validName.test(cluster)) throw new RangeError(`not a cluster name: ${JSON.stringify(cluster)}`);
}

function digest(cluster: string, length: number): string {
  checkClusterName(cluster);
  const hex = createHash('sha256').update(cluster).digest('hex').slice(0, 16);
  return BigInt(`0x${hex}`).toString(36).padStart(13, '0').slice(-length);
}

/**
 * The bridge of a cluster. Interface names end at 15 characters: a longer one is cut and carries a digest, under
 * another prefix, so that no two clusters share one.
 */
export function bridgeName(cluster: string): string {
  checkClusterName(cluster);
  const plain = `cox-${cluster}`;
  return plain.length <= 15 ? plain : `cx-${cluster.slice(0, 4)}-${digest(cluster, 7)}`;
}

/** What the host's ends of a cluster's node links begin with. */
export function hostLinkPrefix(cluster: string): string {
  return `cx${digest(cluster, 8)}n`;
}

/** The host's end of a node's link. */
export function hostLinkName(cluster: string, index: number): string {
  return `${hostLinkPrefix(cluster)}${index}`;
}

/** The network namespace of a cluster's n-th node, counted from 1. */
export function nodeNamespace(cluster: string, index: number): string {
  checkClusterName(cluster);
  return `cox-${cluster}-${index}`;
}

/** The number of a node whose namespace has this name, or undefined where it is not one of the cluster's. */
export function nodeIndexOf(cluster: string, namespace: string): number | undefined {
  const prefix = `cox-${cluster}-`;
  const rest = namespace.startsWith(prefix) ? namespace.slice(prefix.length) : '';
  return /^[1-9][0-9]{0,2}$/.test(rest) ? Number(rest) : undefined;
}

/** The cluster's nftables tables, of families ip and netdev, in the host's namespace. */
export function hostTableName(cluster: string): string {
  checkClusterName(cluster);
  return `cox-${cluster}`;
}

/** A locally administered hardware address for an end of a link: fixed, so that neither udev nor the bridge picks one. */
export function hardwareAddress(role: 'bridge' | 'host' | 'node', ip: string): string {
  const number = addressNumber(ip);
  const bytes = [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256);
  const first = { bridge: 0x0a, host: 0x0e, node: 0x0a }[role];
  return [first, 0xc0, ...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}
