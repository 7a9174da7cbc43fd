import { getField, isJsonObject, jsonEqual } from '../json.ts';
import type { Structural } from './walk.ts';

/** What identifies an item of a set, or of a list with keys, as JSON; undefined where nothing does. */
export function itemKey(schema: Structural, item: unknown): string | undefined {
  switch (schema['x-kubernetes-list-type']) {
    case 'set':
      return JSON.stringify(sorted(item));
    case 'map': {
      if (!isJsonObject(item)) return undefined;
      const keys = (schema['x-kubernetes-list-map-keys'] ?? []).flatMap((key) => {
        const value = getField(item, key);
        return value === undefined ? [] : [[key, value] as const];
      });
      return JSON.stringify(Object.fromEntries(keys));
    }
    default:
      return undefined;
  }
}

/** The value with the keys of its objects in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}

/** For each item the one that it was before: by its keys, or, in sets, the equal one. */
export function oldItems(schema: Structural, list: readonly unknown[], old: unknown): readonly unknown[] {
  const listType = schema['x-kubernetes-list-type'];
  if (!Array.isArray(old) || (listType !== 'map' && listType !== 'set')) return [];
  const before = new Map<string | undefined, unknown>();
  for (const item of old as readonly unknown[]) before.set(itemKey(schema, item), item);
  return list.map((item) => {
    const same = before.get(itemKey(schema, item));
    return listType === 'map' || jsonEqual(same, item) ? same : undefined;
  });
}
