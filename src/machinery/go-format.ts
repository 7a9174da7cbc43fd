import { isJsonObject } from './json.ts';

/** A JSON value as Go's `%+v` prints it: `map[a:1 b:[x y]]`. */
export function goFormat(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(goFormat).join(' ')}]`;
  if (!isJsonObject(value)) return typeof value === 'string' ? value : JSON.stringify(value);
  const keys = Object.keys(value).toSorted();
  return `map[${keys.map((key) => `${key}:${goFormat(value[key])}`).join(' ')}]`;
}
