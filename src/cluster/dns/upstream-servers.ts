import { isIPv4 } from 'node:net';
import { readFileIfExists } from '../../system/files.ts';

/**
 * The name servers that a node may ask, from the text of a resolv.conf. Those on the host's loopback cannot be reached
 * from a node and are left out.
 */
export function upstreamServers(resolvConf: string): readonly string[] {
  return resolvConf
    .split('\n')
    .flatMap((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1] ?? [])
    .filter((address) => isIPv4(address) && !address.startsWith('127.'));
}

/** The host's name servers; where it asks itself, as with systemd-resolved, those that are behind it. */
export async function hostNameServers(): Promise<readonly string[]> {
  for (const file of ['/etc/resolv.conf', '/run/systemd/resolve/resolv.conf']) {
    const servers = upstreamServers((await readFileIfExists(file)) ?? '');
    if (servers.length > 0) return servers;
  }
  return [];
}
