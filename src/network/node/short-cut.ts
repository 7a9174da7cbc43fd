import { readdir } from 'node:fs/promises';
import { ExecError } from '../../system/exec.ts';
import { runNftables } from '../../system/nftables.ts';
import { maxNodes, nodeAddress } from '../layout.ts';
import { hardwareAddress, hostLinkPrefix, hostTableName } from '../names.ts';

/** The host's end of a node's link, and the hardware address at its other end. */
export interface NodeLink {
  readonly hostLink: string;
  readonly nodeHardwareAddress: string;
}

/**
 * Hands frames from one node's link straight to another's, before the bridge. Where br_netfilter is loaded, as Docker
 * does it, the host's own firewall would otherwise see traffic between nodes, and Docker's drops it. One transaction
 * that replaces the cluster's netdev table.
 */
export function shortCutRuleset(cluster: string, links: readonly NodeLink[]): string {
  const table = `netdev ${hostTableName(cluster)}`;
  const lines = [`add table ${table}`, `delete table ${table}`, `add table ${table}`];
  lines.push(`add map ${table} links { type ether_addr : iface_index; }`);
  for (const { hostLink, nodeHardwareAddress } of links) {
    const hook = `{ type filter hook ingress device "${hostLink}" priority 0; policy accept; }`;
    lines.push(`add element ${table} links { ${nodeHardwareAddress} : "${hostLink}" }`);
    lines.push(`add chain ${table} from-${hostLink} ${hook}`);
    lines.push(`add rule ${table} from-${hostLink} fwd to ether daddr map @links`);
  }
  return `${lines.join('\n')}\n`;
}

/** The links of a cluster that are there, by the names of the host's interfaces. */
export function nodeLinks(cluster: string, subnet: string, interfaces: readonly string[]): readonly NodeLink[] {
  const prefix = hostLinkPrefix(cluster);
  return interfaces.flatMap((hostLink) => {
    const index = hostLink.startsWith(prefix) ? Number(hostLink.slice(prefix.length)) : Number.NaN;
    if (!Number.isInteger(index) || index < 1 || index > maxNodes) return [];
    return [{ hostLink, nodeHardwareAddress: hardwareAddress('node', nodeAddress({ subnet }, index)) }];
  });
}

/**
 * Lays the short cut between all nodes that have a link. Returns whether the kernel can do it; where it cannot, the
 * bridge carries the same frames.
 */
export async function applyShortCut(cluster: string, subnet: string, stateDirectory: string): Promise<boolean> {
  const links = nodeLinks(cluster, subnet, await readdir('/sys/class/net'));
  try {
    await runNftables(shortCutRuleset(cluster, links), { directory: stateDirectory });
    return true;
  } catch (error) {
    if (error instanceof ExecError && error.code === 'EXEC_FAILED') return false;
    throw error;
  }
}
