import type { ServiceCIDR } from '../api/networking/service-cidr.schema.ts';
import { serviceCidrs } from '../api/resources.ts';
import type { InformerFactory } from '../client/informer-factory.ts';
import { exec } from '../system/exec.ts';
import { withTemporaryFile } from '../system/files.ts';
import { canonicalRanges, overlaps, rangeOf } from '../system/ipv4.ts';
import type { Logger } from '../system/logger.ts';
import { foreignRanges, observeHostNetwork } from './host/observe.ts';
import { routeProtocol } from './host/plan.ts';
import { findOverlap } from './subnet.ts';
import { syncOnChange } from './sync-on-change.ts';

/** Where routes for ranges of Services are kept. */
export type RoutePlace =
  /** The host, which has no way to Services: packets for them are thrown back, by the cluster's own metric. */
  | { readonly at: 'host'; readonly metric: number }
  /** A node, whose processes need some route before the Service proxy sees their packets. */
  | { readonly at: 'node'; readonly address: string };

export interface ServiceRangeRoutesOptions {
  readonly informers: InformerFactory;
  readonly place: RoutePlace;
  /** Ranges that have their routes from set-up on. */
  readonly known: readonly string[];
  /** A folder on tmpfs for batches of commands. */
  readonly runDirectory: string;
  readonly logger: Logger;
}

/** The ranges of all ServiceCIDRs that lie outside of the known ones, canonical; those of IPv6 are left out. */
export function furtherRanges(all: readonly ServiceCIDR[], known: readonly string[]): readonly string[] {
  const ranges = canonicalRanges(all.flatMap(({ spec }) => spec.cidrs ?? []));
  return ranges.filter((range) => !known.some((other) => overlaps(rangeOf(range), rangeOf(other)))).toSorted();
}

/** The `ip -batch` lines that turn the ranges routed so far into those wanted. */
export function rangeRouteChanges(
  found: readonly string[],
  wanted: readonly string[],
  place: RoutePlace,
): readonly string[] {
  const [type, rest] =
    place.at === 'host' ? ['throw ', `metric ${place.metric}`] : ['', `dev eth0 src ${place.address}`];
  const added = wanted.filter((range) => !found.includes(range));
  const gone = found.filter((range) => !wanted.includes(range));
  return [
    ...added.map((range) => `route replace ${type}${range} ${rest} proto ${routeProtocol}`),
    ...gone.map((range) => `route delete ${type}${range} ${rest} proto ${routeProtocol}`),
  ];
}

interface FoundRoute {
  readonly dst: string;
  readonly type?: string;
  readonly metric?: number;
  readonly prefsrc?: string;
}

async function observeRangeRoutes(place: RoutePlace, known: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await exec(['ip', '-json', '-4', 'route', 'show', 'proto', String(routeProtocol)]);
  const found = stdout.trim() === '' ? [] : (JSON.parse(stdout) as readonly FoundRoute[]);
  const isOurs = ({ type, metric, prefsrc }: FoundRoute): boolean =>
    place.at === 'host'
      ? type === 'throw' && metric === place.metric
      : (type ?? 'unicast') === 'unicast' && prefsrc === place.address;
  return found.flatMap((route) =>
    isOurs(route) && route.dst !== 'default' && !known.includes(route.dst) ? [route.dst] : [],
  );
}

/**
 * Keeps routes for the ranges of further ServiceCIDRs, on the host or in a node, until `signal` is aborted; runs in
 * that network namespace. Routes stay when it ends.
 */
export async function startServiceRangeRoutes(options: ServiceRangeRoutesOptions, signal: AbortSignal): Promise<void> {
  const { informers, place, known, runDirectory, logger } = options;
  const informer = informers.informer(serviceCidrs);

  const sync = async (): Promise<void> => {
    let wanted = furtherRanges(informer.list(), known);
    const found = await observeRangeRoutes(place, known);
    if (place.at === 'host') {
      const foreign = foreignRanges(await observeHostNetwork());
      const clash = wanted.filter((range) => findOverlap(range, foreign) !== undefined);
      if (clash.length > 0)
        logger.warn({ ranges: clash }, 'the host uses these ranges of Services itself; leaving its routes alone');
      wanted = wanted.filter((range) => !clash.includes(range));
    }
    const lines = rangeRouteChanges(found, wanted, place);
    if (lines.length === 0) return;
    await withTemporaryFile(runDirectory, `${lines.join('\n')}\n`, (path) => exec(['ip', '-batch', path]));
    logger.info({ changes: lines }, 'changed routes for ranges of Services');
  };
  const failed = (err: unknown): void =>
    logger.error({ err }, 'cannot set routes for ranges of Services; trying again');
  await syncOnChange([informer], { sync, failed, delayMs: 20 }, signal);
}
