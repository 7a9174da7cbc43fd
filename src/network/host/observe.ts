import { access, readFile } from 'node:fs/promises';
import { exec } from '../../system/exec.ts';
import { bridgeName } from '../names.ts';
import { routeProtocol } from './plan.ts';
import type { HostState } from './plan.ts';

/** The host's network as iproute2 describes it. */
export interface HostNetwork {
  readonly routes: readonly Route[];
  readonly addresses: readonly InterfaceAddress[];
}

export interface Route {
  readonly type: string;
  readonly destination: string;
  readonly device: string | undefined;
  readonly metric: number;
  readonly protocol: string | undefined;
}

export interface InterfaceAddress {
  readonly device: string;
  readonly address: string;
  readonly prefixLength: number;
}

interface IpRoute {
  readonly type?: string;
  readonly dst: string;
  readonly dev?: string;
  readonly metric?: number;
  readonly protocol?: string;
}

interface IpAddress {
  readonly ifname: string;
  readonly addr_info?: readonly { readonly local: string; readonly prefixlen: number }[];
}

/** Reads the routes of all tables but the kernel's own local one, and all IPv4 addresses. */
export async function observeHostNetwork(): Promise<HostNetwork> {
  const [routes, addresses] = await Promise.all([
    ipJson<IpRoute>(['-4', 'route', 'show', 'table', 'all']),
    ipJson<IpAddress>(['-4', 'address', 'show']),
  ]);
  return {
    routes: routes
      .filter(({ type }) => !['local', 'broadcast', 'multicast', 'anycast'].includes(type ?? ''))
      .map((route) => ({
        type: route.type ?? 'unicast',
        destination: route.dst === 'default' ? '0.0.0.0/0' : route.dst,
        device: route.dev,
        metric: route.metric ?? 0,
        protocol: route.protocol,
      })),
    addresses: addresses.flatMap(({ ifname, addr_info: list = [] }) =>
      list.map(({ local, prefixlen }) => ({ device: ifname, address: local, prefixLength: prefixlen })),
    ),
  };
}

async function ipJson<T>(argv: readonly string[]): Promise<readonly T[]> {
  const { stdout } = await exec(['ip', '-json', ...argv]);
  return stdout.trim() === '' ? [] : (JSON.parse(stdout) as readonly T[]);
}

/** Whether a route is one that a cluster of this machine made. */
export function isOurs(route: Route, isOurDevice: (device: string) => boolean): boolean {
  return route.protocol === String(routeProtocol) || (route.device !== undefined && isOurDevice(route.device));
}

const clusterDevice = /^(?:cox-.+|cx-.{4}-[0-9a-z]{7}|cx[0-9a-z]{8}n[0-9]{1,3})$/;

/** Whether an interface is a cluster's bridge or a node's link, by the shapes of their names. */
export function isClusterDevice(device: string): boolean {
  return clusterDevice.test(device);
}

/** What `planHost` must know of the host. */
export async function hostStateOf(cluster: string, network: HostNetwork): Promise<HostState> {
  const exists = (path: string): Promise<boolean> =>
    access(path).then(
      () => true,
      () => false,
    );
  const [hasBridge, hasIpv6] = await Promise.all([
    exists(`/sys/class/net/${bridgeName(cluster)}`),
    exists('/proc/sys/net/ipv6'),
  ]);
  const foreign = network.addresses.filter(({ device }) => !isClusterDevice(device));
  const defaults = network.routes.filter(({ destination, type }) => destination === '0.0.0.0/0' && type === 'unicast');
  return {
    hasBridge,
    hasIpv6,
    addresses: [...new Set(foreign.map(({ address }) => address).filter((ip) => !ip.startsWith('127.')))],
    uplinks: [...new Set(defaults.flatMap(({ device }) => (device === undefined ? [] : [device])))],
  };
}

/** Destinations that the host uses for something else than clusters: what a subnet must not overlap. */
export function foreignRanges(network: HostNetwork): readonly string[] {
  const routes = network.routes.filter((route) => !isOurs(route, isClusterDevice));
  const addresses = network.addresses.filter(({ device }) => !isClusterDevice(device));
  return [
    ...routes.map(({ destination }) => destination),
    ...addresses.map(({ address, prefixLength }) => `${address}/${prefixLength}`),
  ];
}

/** The /24s that clusters of this machine have in the host's routes. */
export function clusterSubnets(network: HostNetwork): readonly string[] {
  const routes = network.routes.filter(({ type, protocol, device }) => {
    return (protocol === String(routeProtocol) && type === 'unreachable') || isClusterDevice(device ?? '');
  });
  return [...new Set(routes.map(({ destination }) => destination).filter((range) => range.endsWith('/24')))];
}

/**
 * The largest packet that leaves the machine without being cut, from the interfaces of its default routes; 1500 where
 * there are none, and never more, since nobody beyond the first hop may carry more.
 */
export async function uplinkMtu(state: Pick<HostState, 'uplinks'>): Promise<number> {
  const sizes = state.uplinks.map(async (name) => Number(await readFile(`/sys/class/net/${name}/mtu`, 'utf8')));
  return Math.min(1500, ...(await Promise.all(sizes)));
}
