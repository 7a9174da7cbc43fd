import { readdir } from 'node:fs/promises';
import { listNamespaces } from '../../system/namespaces.ts';
import { queryNftables } from '../../system/nftables.ts';
import type { HostNetwork, Route } from '../host/observe.ts';
import { observeHostNetwork } from '../host/observe.ts';
import { routeProtocol } from '../host/plan.ts';
import { balancerRange, refusalMetric } from '../layout.ts';
import { bridgeName, hostLinkPrefix, hostTableName, nodeIndexOf } from '../names.ts';

/** What of a cluster's network is on this machine, whole or in part. */
export interface NetworkRemains {
  readonly namespaces: readonly string[];
  readonly links: readonly string[];
  readonly routes: readonly Route[];
  /** Family and name. */
  readonly tables: readonly string[];
}

/**
 * Finds what is there of a cluster's network. `subnet` may be left out while the bridge is there to tell it; without
 * either, the routes cannot be told from another cluster's and are not listed.
 */
export async function findRemains(cluster: string, subnet?: string): Promise<NetworkRemains> {
  const [namespaces, links, host, tables] = await Promise.all([
    listNamespaces(),
    readdir('/sys/class/net'),
    observeHostNetwork(),
    queryNftables(['list', 'tables']),
  ]);
  const range = subnet ?? subnetOfBridge(host, bridgeName(cluster));
  const prefix = hostLinkPrefix(cluster);
  const isLink = (name: string): boolean =>
    name === bridgeName(cluster) || (name.startsWith(prefix) && /^[0-9]+$/.test(name.slice(prefix.length)));
  return {
    namespaces: namespaces.filter((name) => nodeIndexOf(cluster, name) !== undefined),
    links: links.filter(isLink),
    routes: range === undefined ? [] : host.routes.filter((route) => isRouteOf(route, range)),
    tables: tables.flatMap(({ table }) => {
      return table?.['name'] === hostTableName(cluster) ? [`${String(table['family'])} ${hostTableName(cluster)}`] : [];
    }),
  };
}

function isRouteOf({ protocol, type, destination, metric }: Route, subnet: string): boolean {
  if (protocol !== String(routeProtocol)) return false;
  if (type === 'unreachable') return destination === subnet || destination === balancerRange({ subnet });
  return type === 'throw' && metric === refusalMetric(subnet);
}

function subnetOfBridge(host: HostNetwork, bridge: string): string | undefined {
  const found = host.addresses.find(({ device, prefixLength }) => device === bridge && prefixLength === 24);
  return found === undefined ? undefined : `${found.address.slice(0, found.address.lastIndexOf('.'))}.0/24`;
}
