import type { Node } from '../../api/core/node.schema.ts';
import { readyCondition } from './health.ts';

export type ZoneState = 'normal' | 'partial' | 'full';

export interface ZoneHealth {
  readonly state: ZoneState;
  readonly size: number;
}

/** Upstream's share of unready nodes from which a zone is taken to be cut off rather than broken. */
const unhealthyShare = 0.55;
const largeZone = 50;
const evictionIntervalMs = 10_000;
const reducedIntervalMs = 100_000;

/** The zone that a node is in, by its labels. */
export function zoneOf({ metadata }: Node): string {
  const region = metadata.labels?.['topology.kubernetes.io/region'] ?? '';
  const zone = metadata.labels?.['topology.kubernetes.io/zone'] ?? '';
  return region === '' && zone === '' ? '' : `${region}:\0:${zone}`;
}

/** How each zone stands. */
export function zoneHealth(nodes: readonly Node[]): ReadonlyMap<string, ZoneHealth> {
  const zones = Map.groupBy(nodes, zoneOf);
  return new Map([...zones].map(([zone, members]) => [zone, { state: stateOf(members), size: members.length }]));
}

function stateOf(members: readonly Node[]): ZoneState {
  const unready = members.filter((node) => readyCondition(node)?.status !== 'True').length;
  if (unready > 0 && unready === members.length) return 'full';
  return unready > 2 && unready / members.length >= unhealthyShare ? 'partial' : 'normal';
}

/**
 * In how many ms another node of the zone may begin to lose its pods, counted from the last one that did; undefined
 * when none may. When no node at all is ready, it is this side that is cut off.
 */
export function evictionIntervalOf(zone: string, zones: ReadonlyMap<string, ZoneHealth>): number | undefined {
  if ([...zones.values()].every(({ state }) => state === 'full')) return undefined;
  const health = zones.get(zone);
  if (health?.state !== 'partial') return evictionIntervalMs;
  return health.size > largeZone ? reducedIntervalMs : undefined;
}
