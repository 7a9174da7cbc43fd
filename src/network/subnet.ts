import { formatRange, overlaps, parseRange, rangeOf } from '../system/ipv4.ts';
import type { Range } from '../system/ipv4.ts';

/** Private ranges to take a cluster's /24 from, the least used elsewhere first; the last is reserved for benchmarks. */
export const subnetPools: readonly string[] = [
  '172.29.0.0/16',
  '172.30.0.0/16',
  '172.26.0.0/16',
  '192.168.128.0/17',
  '10.250.0.0/16',
  '198.18.0.0/16',
];

export interface SubnetSurroundings {
  /** Destinations of all routes of the host, `default` included, and its addresses with their prefixes. */
  readonly foreign: readonly string[];
  /** The /24s of other clusters of this machine. */
  readonly clusters: readonly string[];
  /** Ranges that the cluster uses itself: pods and Services. */
  readonly reserved: readonly string[];
}

/** A default route, or the two halves by which a VPN replaces it, covers everything and rules nothing out. */
function isSpecific(range: Range): boolean {
  return range.bits >= 4;
}

/**
 * Chooses the nodes' /24: from the first pool that the host does not touch at all, or else the first /24 without
 * overlap. Undefined where there is none.
 */
export function chooseSubnet(surroundings: SubnetSurroundings): string | undefined {
  const foreign = surroundings.foreign.map(parseRange).filter((range) => range !== undefined && isSpecific(range));
  const taken = [...surroundings.clusters, ...surroundings.reserved].map(rangeOf);
  const pools = subnetPools.map(rangeOf);
  const untouched = pools.filter((pool) => !foreign.some((range) => range !== undefined && overlaps(pool, range)));
  for (const pool of [...untouched, ...pools]) {
    for (let base = pool.base; base < pool.base + 2 ** (32 - pool.bits); base += 256) {
      const candidate = { base, bits: 24 };
      const clash = [...foreign, ...taken].some((range) => range !== undefined && overlaps(candidate, range));
      if (!clash) return formatRange(candidate);
    }
  }
  return undefined;
}

/** The route or address of the host that a range overlaps, or undefined: for ranges that were chosen earlier. */
export function findOverlap(range: string, foreign: readonly string[]): string | undefined {
  const wanted = rangeOf(range);
  return foreign.find((text) => {
    const other = parseRange(text);
    return other !== undefined && isSpecific(other) && overlaps(wanted, other);
  });
}
