import { isIPv4 } from 'node:net';
import type { Node } from '../api/core/node.schema.ts';
import type { Service } from '../api/core/service.schema.ts';
import type { EndpointSlice } from '../api/discovery/endpoint-slice.schema.ts';
import { endpointSlices, nodes, services } from '../api/resources.ts';
import type { InformerFactory } from '../client/informer-factory.ts';
import { exec } from '../system/exec.ts';
import { withTemporaryFile } from '../system/files.ts';
import { inRanges } from '../system/ipv4.ts';
import type { Logger } from '../system/logger.ts';
import { routeProtocol } from './host/plan.ts';
import { syncOnChange } from './sync-on-change.ts';

/** The way from the host to one load balancer's address: sorted addresses of the nodes that answer for it. */
export type BalancerRoutes = ReadonlyMap<string, readonly string[]>;

export interface BalancerRoutesOptions {
  readonly informers: InformerFactory;
  /** Where the addresses come from, e.g. `172.29.0.192/26`: no other address is ever routed. */
  readonly range: string;
  readonly bridge: string;
  /** A folder on tmpfs for batches of commands. */
  readonly runDirectory: string;
  readonly logger: Logger;
}

interface BalancerState {
  /** Those of type LoadBalancer. */
  readonly services: readonly Service[];
  readonly slicesOf: (key: string) => readonly EndpointSlice[];
  readonly nodes: readonly Node[];
  readonly range: string;
}

const serviceNameLabel = 'kubernetes.io/service-name';
const excludedLabel = 'node.kubernetes.io/exclude-from-external-load-balancers';

/**
 * The nodes to which the host sends what is for load balancers: all ready ones, or under policy Local those with an
 * endpoint that serves. An address for which there is none has no route.
 */
export function planBalancerRoutes(state: BalancerState): BalancerRoutes {
  const addresses = new Map<string, string>();
  for (const { metadata, status } of state.nodes) {
    const address = status?.addresses?.find(({ type, address: ip }) => type === 'InternalIP' && isIPv4(ip))?.address;
    const ready = status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true;
    if (address !== undefined && ready && metadata.labels?.[excludedLabel] === undefined) {
      addresses.set(metadata.name, address);
    }
  }
  const routes = new Map<string, readonly string[]>();
  for (const { metadata, spec, status } of state.services) {
    const own = (status.loadBalancer.ingress ?? []).flatMap(({ ip = '' }) =>
      isIPv4(ip) && inRanges(ip, [state.range]) ? [ip] : [],
    );
    if (own.length === 0) continue;
    const local = spec.externalTrafficPolicy === 'Local';
    const via = local
      ? [...servingNodes(state.slicesOf(`${metadata.namespace}/${metadata.name}`))].flatMap(
          (name) => addresses.get(name) ?? [],
        )
      : [...addresses.values()];
    if (via.length === 0) continue;
    for (const ip of own) if (!routes.has(ip)) routes.set(ip, [...new Set(via)].toSorted());
  }
  return routes;
}

/** As the nodes' own choice is: those with ready endpoints, and those with ones that end but still serve. */
function servingNodes(slices: readonly EndpointSlice[]): ReadonlySet<string> {
  const ready = new Set<string>();
  const draining = new Set<string>();
  for (const { endpoints } of slices) {
    for (const { nodeName, conditions } of endpoints ?? []) {
      if (nodeName === undefined) continue;
      if (conditions?.ready !== false) ready.add(nodeName);
      else if (conditions.serving === true && conditions.terminating === true) draining.add(nodeName);
    }
  }
  return new Set([...ready, ...draining]);
}

/** The `ip -batch` lines that turn the routes found into those wanted. */
export function balancerRouteChanges(found: BalancerRoutes, wanted: BalancerRoutes, bridge: string): readonly string[] {
  const lines: string[] = [];
  for (const [ip, via] of wanted) {
    if (found.get(ip)?.join() === via.join()) continue;
    const hops =
      via.length === 1
        ? ` via ${via[0]} dev ${bridge}`
        : via.map((hop) => ` nexthop via ${hop} dev ${bridge} weight 1`).join('');
    lines.push(`route replace ${ip} proto ${routeProtocol}${hops}`);
  }
  for (const ip of found.keys()) if (!wanted.has(ip)) lines.push(`route delete ${ip} proto ${routeProtocol}`);
  return lines;
}

interface FoundRoute {
  readonly dst: string;
  readonly type?: string;
  readonly gateway?: string;
  readonly nexthops?: readonly { readonly gateway: string }[];
}

async function observeBalancerRoutes(range: string): Promise<BalancerRoutes> {
  const { stdout } = await exec(['ip', '-json', '-4', 'route', 'show', 'proto', String(routeProtocol), 'root', range]);
  const found = stdout.trim() === '' ? [] : (JSON.parse(stdout) as readonly FoundRoute[]);
  const hops = ({ gateway, nexthops = [] }: FoundRoute): readonly string[] =>
    gateway === undefined ? nexthops.map((hop) => hop.gateway).toSorted() : [gateway];
  return new Map(found.filter(({ dst }) => isIPv4(dst)).map((route) => [route.dst, hops(route)]));
}

/**
 * Keeps the host's routes to load balancers' addresses as the API says, until `signal` is aborted. Runs in the host's
 * network namespace. Routes stay when it ends, and go with the bridge.
 */
export async function startBalancerRoutes(options: BalancerRoutesOptions, signal: AbortSignal): Promise<void> {
  const { informers, range, bridge, runDirectory, logger } = options;
  const views = [informers.informer(services), informers.informer(endpointSlices), informers.informer(nodes)] as const;
  const [serviceView, sliceView, nodeView] = views;

  serviceView.addIndex('type', ({ spec }) => [spec.type ?? '']);
  sliceView.addIndex('service', ({ metadata }) => [`${metadata.namespace}/${metadata.labels?.[serviceNameLabel]}`]);
  let routed: BalancerRoutes | undefined;

  const sync = async (): Promise<void> => {
    const wanted = planBalancerRoutes({
      services: serviceView.byIndex('type', 'LoadBalancer'),
      slicesOf: (key) => sliceView.byIndex('service', key),
      nodes: nodeView.list(),
      range,
    });
    if (routed !== undefined && balancerRouteChanges(routed, wanted, bridge).length === 0) return;
    routed = undefined;
    const lines = balancerRouteChanges(await observeBalancerRoutes(range), wanted, bridge);
    if (lines.length > 0) {
      await withTemporaryFile(runDirectory, `${lines.join('\n')}\n`, (path) => exec(['ip', '-batch', path]));
      logger.info({ routes: wanted.size, changes: lines }, "changed routes to load balancers' addresses");
    }
    routed = wanted;
  };
  const failed = (err: unknown): void =>
    logger.error({ err }, "cannot set routes to load balancers' addresses; trying again");
  await syncOnChange([...views], { sync, failed, delayMs: 20 }, signal);
}
