import type { Node } from '../../api/core/node.schema.ts';
import type { Range } from '../../system/ipv4.ts';
import { formatRange, overlaps, parseRange, rangeOf } from '../../system/ipv4.ts';

/** The size of a node's share of the pods' addresses. */
const nodeBits = 24;

export interface PodRangeState {
  readonly node: Node;
  /** The ranges that other nodes have. */
  readonly taken: readonly string[];
  /** The range of all pods, e.g. `10.233.64.0/18`. */
  readonly podRange: string;
  /** The range that the node is to have, where somebody else decides. */
  readonly wished: string | undefined;
}

export type PodRangePlan =
  | { readonly type: 'none' }
  | { readonly type: 'assign'; readonly podCIDR: string }
  /** No range is left, or the wished one is somebody else's. */
  | { readonly type: 'unavailable' };

/** The range for a node that has none: the wished one, or else the first that is free. */
export function reconcile({ node, taken, podRange, wished }: PodRangeState): PodRangePlan {
  const { podCIDR = '' } = node.spec;
  if (podCIDR !== '' || node.metadata.deletionTimestamp !== undefined) return { type: 'none' };
  const occupied = taken.map(parseRange).filter((range) => range !== undefined);
  const free = (range: Range): boolean => !occupied.some((other) => overlaps(range, other));
  if (wished !== undefined) {
    const range = rangeOf(wished);
    return free(range) ? { type: 'assign', podCIDR: formatRange(range) } : { type: 'unavailable' };
  }
  const whole = rangeOf(podRange);
  const size = 2 ** (32 - nodeBits);
  for (let base = whole.base; base < whole.base + 2 ** (32 - whole.bits); base += size) {
    if (free({ base, bits: nodeBits })) return { type: 'assign', podCIDR: formatRange({ base, bits: nodeBits }) };
  }
  return { type: 'unavailable' };
}
