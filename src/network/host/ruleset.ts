import { overlaps, parseRange, rangeOf } from '../../system/ipv4.ts';
import type { ClusterNetwork } from '../layout.ts';
import { apiServerPort, checkNetwork, gatewayAddress, nodeAddress } from '../layout.ts';
import { hostTableName } from '../names.ts';
import { subnetPools } from '../subnet.ts';

/**
 * The cluster's table in the host's namespace, as one transaction that replaces it. It publishes ports on the host's
 * own addresses, loopback included, and says what may be forwarded from and to the bridge.
 *
 * `hostAddresses` are the host's addresses outside of clusters.
 */
export function hostRuleset(options: ClusterNetwork, hostAddresses: readonly string[]): string {
  const network = checkNetwork(options);
  const table = `ip ${hostTableName(network.cluster)}`;
  const lines = [`add table ${table}`, `delete table ${table}`, `add table ${table}`];
  const chain = (name: string, hook: string, rules: readonly string[]): void => {
    lines.push(`add chain ${table} ${name}${hook === '' ? '' : ` { ${hook}; policy accept; }`}`);
    lines.push(...rules.map((rule) => `add rule ${table} ${name} ${rule}`));
  };
  const bridge = `"${network.bridge}"`;
  // With route_localnet on the bridge, a node could otherwise reach what listens on the host's loopback.
  chain('loopback-guard', 'type filter hook prerouting priority -300', [
    `iifname ${bridge} ip daddr 127.0.0.0/8 drop`,
    `iifname ${bridge} ip saddr 127.0.0.0/8 drop`,
  ]);
  chain('publish-api', '', apiRules(network));
  chain('publish', '', ['jump publish-api', ...nodeRules(network)]);
  const published = publishedDestinations(hostAddresses);
  // An isolated cluster forwards nothing, so that from other machines only the host's own API address can answer.
  const fromOutside = network.isolated ? 'publish-api' : 'publish';
  chain(
    'prerouting',
    'type nat hook prerouting priority dstnat',
    published.map((match) => `iifname != ${bridge} ${match.replace('VERDICT', `jump ${fromOutside}`)}`),
  );
  chain(
    'output',
    'type nat hook output priority -100',
    published.map((match) => match.replace('VERDICT', 'jump publish')),
  );
  chain('forward', 'type filter hook forward priority 0', forwardRules(network));
  chain('postrouting', 'type nat hook postrouting priority srcnat', [
    // Nodes answer neither 127.0.0.1 nor, when they are isolated, the host's other addresses.
    `oifname ${bridge} ip saddr != ${network.subnet} fib saddr type local masquerade`,
    ...(network.isolated ? [] : [`ip saddr ${network.subnet} oifname != ${bridge} masquerade`]),
  ]);
  return `${lines.join('\n')}\n`;
}

function apiRules(network: ClusterNetwork): readonly string[] {
  const { api } = network.publish;
  return api === 0 ? [] : [`tcp dport ${api} dnat to ${gatewayAddress(network)}:${apiServerPort}`];
}

function nodeRules(network: ClusterNetwork): readonly string[] {
  const { http, https, nodePorts } = network.publish;
  const addresses = network.nodes.map((index) => nodeAddress(network, index));
  if (addresses.length === 0) return [];
  const rules: string[] = [];
  if (http !== 0) rules.push(`tcp dport ${http} dnat to ${spread('numgen random', addresses)}:80`);
  if (https !== 0) rules.push(`tcp dport ${https} dnat to ${spread('numgen random', addresses)}:443`);
  if (nodePorts !== undefined) {
    // A client keeps its node, because session affinity is each node's own.
    const target = spread('jhash ip saddr', addresses, ' seed 0x636f78');
    rules.push(`meta l4proto { 6, 17, 132 } th dport ${nodePorts.from}-${nodePorts.to} dnat to ${target}`);
  }
  return rules;
}

function spread(by: string, addresses: readonly string[], rest = ''): string {
  const [first = ''] = addresses;
  if (addresses.length === 1) return first;
  const targets = addresses.map((ip, index) => `${index} : ${ip}`);
  return `${by} mod ${addresses.length}${rest} map { ${targets.join(', ')} }`;
}

/**
 * Published are the host's own addresses except those of clusters' bridges: a connection to another cluster's API
 * must not end at this one's. Bridges are known by their pools, since clusters come and go after this is written.
 */
function publishedDestinations(hostAddresses: readonly string[]): readonly string[] {
  const pools = subnetPools.map(rangeOf);
  const inPools = hostAddresses.filter((ip) => {
    const range = parseRange(ip);
    return range !== undefined && pools.some((pool) => overlaps(pool, range));
  });
  return [
    ...(inPools.length === 0 ? [] : [`ip daddr { ${inPools.join(', ')} } VERDICT`]),
    `ip daddr != { ${subnetPools.join(', ')} } fib daddr type local VERDICT`,
  ];
}

function forwardRules(network: ClusterNetwork & { readonly bridge: string }): readonly string[] {
  const bridge = `"${network.bridge}"`;
  // Where br_netfilter is loaded, frames between two nodes come by here as well.
  const between = `iifname ${bridge} oifname ${bridge} accept`;
  if (network.isolated) return [between, `iifname ${bridge} drop`, `oifname ${bridge} drop`];
  return [
    between,
    `iifname ${bridge} accept`,
    `oifname ${bridge} ct state established,related accept`,
    `oifname ${bridge} ct status dnat accept`,
    `oifname ${bridge} drop`,
  ];
}
