import { isJsonObject } from '../json.ts';

/** What identifies an item of a list: the value of its merge key, or itself where it is a scalar. */
export function identity(item: unknown, mergeKey: string | undefined): unknown {
  return mergeKey !== undefined && isJsonObject(item) ? item[mergeKey] : item;
}

function positions(list: readonly unknown[], mergeKey: string | undefined): Map<unknown, number> {
  const found = new Map<unknown, number>();
  for (const [index, item] of list.entries()) {
    const id = identity(item, mergeKey);
    if (!found.has(id)) found.set(id, index);
  }
  return found;
}

export interface ElementOrder {
  /** All the items, in any order. */
  readonly items: readonly unknown[];
  /** The order that the patch wants; items that it does not name are the server's. */
  readonly wanted: readonly unknown[];
  /** The list before the patch. */
  readonly before: readonly unknown[];
  readonly mergeKey: string | undefined;
}

/**
 * Orders a merged list as upstream does: the items that the patch names in its order, the server's own in
 * theirs, and one of the server's before one of the patch's only where it stood before it already.
 */
export function orderElements({ items, wanted, before, mergeKey }: ElementOrder): unknown[] {
  const wantedAt = positions(wanted, mergeKey);
  const beforeAt = positions(before, mergeKey);
  const at = (order: Map<unknown, number>, item: unknown): number => order.get(identity(item, mergeKey)) ?? -1;
  const named = items.filter((item) => at(wantedAt, item) >= 0).sort((a, b) => at(wantedAt, a) - at(wantedAt, b));
  const own = items.filter((item) => at(wantedAt, item) < 0).sort((a, b) => at(beforeAt, a) - at(beforeAt, b));
  const result: unknown[] = [];
  let next = 0;
  for (const item of named) {
    const position = at(beforeAt, item);
    for (; next < own.length; next++) {
      const stood = at(beforeAt, own[next]);
      if (stood < 0 || stood >= position) break;
      result.push(own[next]);
    }
    result.push(item);
  }
  return [...result, ...own.slice(next)];
}
