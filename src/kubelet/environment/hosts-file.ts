import type { HostAlias } from '../../api/core/pod-spec.schema.ts';

function aliasLines(aliases: readonly HostAlias[] | undefined): string {
  if (aliases === undefined || aliases.length === 0) return '';
  const lines = aliases.map(({ ip, hostnames }) => `${ip}\t${(hostnames ?? []).join('\t')}\n`);
  return `\n# Entries added by HostAliases.\n${lines.join('')}`;
}

const loopback = `# Kubernetes-managed hosts file.
127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
fe00::0\tip6-mcastprefix
fe00::1\tip6-allnodes
fe00::2\tip6-allrouters
`;

/** The `/etc/hosts` of a pod with its own network. */
export function hostsFile(names: {
  readonly addresses: readonly string[];
  readonly hostname: string;
  readonly domain: string;
  readonly aliases: readonly HostAlias[] | undefined;
}): string {
  const { addresses, hostname, domain, aliases } = names;
  const own = domain === '' ? hostname : `${hostname}.${domain}\t${hostname}`;
  return `${loopback}${addresses.map((address) => `${address}\t${own}\n`).join('')}${aliasLines(aliases)}`;
}

/** The `/etc/hosts` of a pod on the node's network: the node's own `text`, and the pod's aliases. */
export function hostNetworkHostsFile(text: string, aliases: readonly HostAlias[] | undefined): string {
  return `# Kubernetes-managed hosts file (host network).\n${text}${aliasLines(aliases)}`;
}
