/**
 * `{ [key]: change(value) }` for a value that is there and nothing otherwise, to be spread into a copy. Even
 * required fields may be absent while defaults are filled in: requests are checked afterwards.
 */
export function ifSet<K extends string, V, R>(key: K, value: V | undefined, change: (value: V) => R) {
  return (value === undefined ? {} : { [key]: change(value) }) as Partial<Record<K, R>>;
}
