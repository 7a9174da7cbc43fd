/**
 * The JSON of `value` with sorted keys and without what upstream's semantic equality cannot tell from absence:
 * undefined, null, and empty lists and maps.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(canonical(value)) ?? '';
}

/** True when `a` and `b` describe the same state, whatever the order of their keys. */
export function semanticEqual(a: unknown, b: unknown): boolean {
  return a === b || canonicalJson(a) === canonicalJson(b);
}

/** The same value with the keys of all objects in it sorted. */
export function withSortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withSortedKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(
    entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, withSortedKeys(item)]),
  );
}

function canonical(value: unknown): unknown {
  if (value === null || value === undefined) return undefined;
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map((item) => canonical(item) ?? null);
  if (typeof value !== 'object') return value;
  const entries: [string, unknown][] = [];
  const record = value as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(record).toSorted()) {
    const item = canonical(record[key]);
    if (item !== undefined) entries.push([key, item]);
  }
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
