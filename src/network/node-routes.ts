import { isIPv4 } from 'node:net';
import type { Node } from '../api/core/node.schema.ts';
import { nodes } from '../api/resources.ts';
import type { InformerFactory } from '../client/informer-factory.ts';
import { exec } from '../system/exec.ts';
import { withTemporaryFile } from '../system/files.ts';
import { formatRange, parseRange } from '../system/ipv4.ts';
import type { Logger } from '../system/logger.ts';
import type { PodRoute } from './node/plan.ts';
import { podRouteLine, podRouteProtocol } from './node/plan.ts';
import { syncOnChange } from './sync-on-change.ts';

export interface NodeNetworkOptions {
  readonly informers: InformerFactory;
  readonly nodeName: string;
  /** The ways to nodes that are known before they have registered, by name; what a Node object says comes first. */
  readonly known?: ReadonlyMap<string, PodRoute>;
  /** A folder on tmpfs for batches of commands. */
  readonly runDirectory: string;
  readonly logger: Logger;
}

/** The ways to all other nodes' pods, sorted; nodes without a range or an address have none yet, unless one is known. */
export function planPodRoutes(
  all: readonly Node[],
  nodeName: string,
  known: ReadonlyMap<string, PodRoute> = new Map(),
): readonly PodRoute[] {
  const routes = all.flatMap(({ metadata, spec, status }) => {
    const address = status?.addresses?.find(({ type, address: ip }) => type === 'InternalIP' && isIPv4(ip))?.address;
    const range = spec?.podCIDR === undefined ? undefined : parseRange(spec.podCIDR);
    if (metadata.name === nodeName || address === undefined || range === undefined) return [];
    return [{ podRange: formatRange(range), nodeAddress: address }];
  });
  const ranges = new Set(routes.map(({ podRange }) => podRange));
  const others = [...known].filter(([name, { podRange }]) => name !== nodeName && !ranges.has(podRange));
  return [...routes, ...others.map(([, route]) => route)].toSorted((a, b) => (a.podRange < b.podRange ? -1 : 1));
}

/** The `ip -batch` lines that turn the routes found into those wanted. */
export function routeChanges(found: readonly PodRoute[], wanted: readonly PodRoute[]): readonly string[] {
  const has = (list: readonly PodRoute[], { podRange, nodeAddress }: PodRoute): boolean =>
    list.some((route) => route.podRange === podRange && route.nodeAddress === nodeAddress);
  const gone = found.filter(({ podRange }) => !wanted.some((route) => route.podRange === podRange));
  return [
    ...wanted.filter((route) => !has(found, route)).map(podRouteLine),
    ...gone.map(({ podRange }) => `route delete ${podRange} proto ${podRouteProtocol}`),
  ];
}

async function observePodRoutes(): Promise<readonly PodRoute[]> {
  const { stdout } = await exec(['ip', '-json', '-4', 'route', 'show', 'proto', String(podRouteProtocol)]);
  const routes = stdout.trim() === '' ? [] : (JSON.parse(stdout) as readonly { dst: string; gateway?: string }[]);
  return routes.map(({ dst, gateway = '' }) => ({ podRange: dst, nodeAddress: gateway }));
}

/**
 * Keeps this node's routes to other nodes' pods as the Node objects say, until `signal` is aborted. Runs inside the
 * node's network namespace. Routes stay when it ends.
 */
export async function startNodeNetwork(options: NodeNetworkOptions, signal: AbortSignal): Promise<void> {
  const { informers, nodeName, known, runDirectory, logger } = options;
  const informer = informers.informer(nodes);
  let wanted: readonly PodRoute[] | undefined;

  const sync = async (): Promise<void> => {
    const routes = planPodRoutes(informer.list(), nodeName, known);
    if (JSON.stringify(routes) === JSON.stringify(wanted)) return;
    const lines = routeChanges(await observePodRoutes(), routes);
    if (lines.length > 0) {
      await withTemporaryFile(runDirectory, `${lines.join('\n')}\n`, (path) => exec(['ip', '-batch', path]));
      logger.info({ routes: routes.length, changes: lines }, 'changed routes to other nodes');
    }
    wanted = routes;
  };
  const failed = (err: unknown): void => logger.error({ err }, 'cannot set routes to other nodes; trying again');
  await syncOnChange([informer], { sync, failed, delayMs: 5 }, signal);
}
