/** `ms` since the epoch as the API writes times: RFC 3339 in UTC, whole seconds. */
export function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** An API time in milliseconds since the epoch; an absent or unreadable one is the epoch itself. */
export function millis(time: string | undefined): number {
  const ms = time === undefined ? 0 : Date.parse(time);
  return Number.isNaN(ms) ? 0 : ms;
}

/** Orders by creation, oldest first, then by name, so that every run sees the same order. */
export function byAge(a: AgedObject, b: AgedObject): number {
  const difference = millis(a.metadata.creationTimestamp) - millis(b.metadata.creationTimestamp);
  if (difference !== 0) return difference;
  return a.metadata.name < b.metadata.name ? -1 : a.metadata.name > b.metadata.name ? 1 : 0;
}

interface AgedObject {
  readonly metadata: { readonly name: string; readonly creationTimestamp?: string | undefined };
}
