/** A boolean of a query as upstream reads it: anything but `false` and `0` is true, an empty value as well. */
export function flag(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value !== null && !['false', '0'].includes(value.toLowerCase());
}
