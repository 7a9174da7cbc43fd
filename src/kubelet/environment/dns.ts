import type { PodDNSConfigOption } from '../../api/core/pod-spec.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import type { PodWarning, ResolverConfig } from './types.ts';

/** What C libraries take at the least: more would be ignored or refused. */
const maxServers = 3;
const maxSearches = 32;
const maxSearchLength = 2048;

export interface DnsSettings {
  /** The addresses of the cluster's DNS Service. */
  readonly clusterDns: readonly string[];
  readonly clusterDomain: string;
  /** What the node's own resolv.conf says. */
  readonly host: ResolverConfig;
}

const unique = (values: readonly string[]): string[] => [...new Set(values)];

function policyConfig(pod: Pod, { clusterDns, clusterDomain, host }: DnsSettings): ResolverConfig {
  const { dnsPolicy = 'ClusterFirst', hostNetwork } = pod.spec;
  if (dnsPolicy === 'None') return { servers: [], searches: [], options: [] };
  const cluster = dnsPolicy === 'ClusterFirstWithHostNet' || (dnsPolicy === 'ClusterFirst' && hostNetwork !== true);
  if (!cluster) return host;
  const { namespace } = pod.metadata;
  return {
    servers: clusterDns,
    // The host's own search domains stay out: they would make names mean other things on other nodes.
    searches: [`${namespace}.svc.${clusterDomain}`, `svc.${clusterDomain}`, clusterDomain],
    options: ['ndots:5'],
  };
}

/** The pod's own options replace those of the same name. */
function mergeOptions(options: readonly string[], own: readonly PodDNSConfigOption[]): string[] {
  const merged = new Map(options.map((option) => [option.split(':', 1)[0] ?? option, option]));
  for (const { name = '', value = '' } of own) merged.set(name, value === '' ? name : `${name}:${value}`);
  return [...merged.values()];
}

function fittingSearches(searches: readonly string[]): string[] {
  const fitting: string[] = [];
  let length = 0;
  for (const search of searches.slice(0, maxSearches)) {
    length += search.length + (fitting.length === 0 ? 0 : 1);
    if (length > maxSearchLength) break;
    fitting.push(search);
  }
  return fitting;
}

/**
 * A pod's resolv.conf, by its dnsPolicy and dnsConfig. What is beyond the limits of resolvers is left out, with a warning.
 * https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-s-dns-policy
 */
export function podDns(
  pod: Pod,
  settings: DnsSettings,
): { readonly config: ResolverConfig; readonly warnings: readonly PodWarning[] } {
  const base = policyConfig(pod, settings);
  const own = pod.spec.dnsConfig;
  const servers = unique([...base.servers, ...(own?.nameservers ?? [])]);
  const searches = unique([...base.searches, ...(own?.searches ?? [])]);
  const config: ResolverConfig = {
    servers: servers.slice(0, maxServers),
    searches: fittingSearches(searches),
    options: mergeOptions(base.options, own?.options ?? []),
  };
  const warn = (what: string, omitted: string, line: string, applied: readonly string[]): PodWarning => ({
    reason: 'DNSConfigForming',
    message: `${what} limits were exceeded, some ${omitted} have been omitted, the applied ${line} line is: ${applied.join(' ')}`,
  });
  return {
    config,
    warnings: [
      ...(servers.length > config.servers.length
        ? [warn('Nameserver', 'nameservers', 'nameserver', config.servers)]
        : []),
      ...(searches.length > config.searches.length
        ? [warn('Search Line', 'search paths', 'search', config.searches)]
        : []),
    ],
  };
}

/** Reads the text of a resolv.conf, with the last of several `search` or `domain` lines, as resolvers do. */
export function parseResolverConfig(text: string): ResolverConfig {
  const servers: string[] = [];
  const options: string[] = [];
  let searches: readonly string[] = [];
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line
      .replace(/[#;].*$/, '')
      .trim()
      .split(/\s+/);
    if (keyword === 'nameserver' && values[0] !== undefined) servers.push(values[0]);
    else if (keyword === 'search' || keyword === 'domain') searches = values;
    else if (keyword === 'options') options.push(...values);
  }
  return { servers, searches: searches.map((name) => (name === '.' ? name : name.replace(/\.$/, ''))), options };
}
