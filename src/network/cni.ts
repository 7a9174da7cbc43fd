import { formatRange, rangeOf } from '../system/ipv4.ts';

export interface PodNetworkOptions {
  /** The node's own pods, e.g. `10.233.64.0/24`. */
  readonly podRange: string;
  /** Where the addresses in use are kept: on disk, so that they outlive a restart. */
  readonly dataDirectory: string;
  readonly mtu?: number;
}

/** The name of the pod network, which is also the folder below `dataDirectory`. */
export const podNetworkName = 'cox';

/**
 * The CNI configuration of a node, as a `.conflist` for containerd: each pod on a routed link of its own, addresses
 * from the node's range. Source addresses are kept; who leaves the cluster is masqueraded by the node's own rules.
 */
export function podNetworkConfiguration({ podRange, dataDirectory, mtu = 1500 }: PodNetworkOptions): string {
  const configuration = {
    cniVersion: '0.4.0',
    name: podNetworkName,
    plugins: [
      {
        type: 'ptp',
        mtu,
        ipMasq: false,
        ipam: {
          type: 'host-local',
          dataDir: dataDirectory,
          ranges: [[{ subnet: formatRange(rangeOf(podRange)) }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
    ],
  };
  return `${JSON.stringify(configuration, undefined, 2)}\n`;
}

/** A reserved address: the name of the file is the address, its first line the sandbox that has it. */
export interface AddressReservation {
  readonly file: string;
  readonly content: string;
}

/**
 * The reservations of sandboxes that are no more: files to remove below `dataDirectory/cox`, so that a machine that
 * lost power does not run out of addresses. Files that are not reservations (`lock`, `last_reserved_ip.0`) stay.
 */
export function staleReservations(
  reservations: readonly AddressReservation[],
  liveSandboxes: ReadonlySet<string>,
): readonly string[] {
  return reservations
    .filter(({ file }) => /^[0-9]+(?:\.[0-9]+){3}$/.test(file))
    .filter(({ content }) => !liveSandboxes.has(content.split('\n')[0]?.trim() ?? ''))
    .map(({ file }) => file);
}
