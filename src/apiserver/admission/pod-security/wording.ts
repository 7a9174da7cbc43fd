/** `singular` for one, `plural` for any other number. */
export const plural = (singular: string, plural: string, count: number): string => (count === 1 ? singular : plural);

/** `"a", "b"`. */
export const quoted = (values: readonly string[]): string => values.map((value) => JSON.stringify(value)).join(', ');

/** The distinct values, sorted. */
export const sorted = (values: Iterable<string>): readonly string[] => [...new Set(values)].toSorted();

/** `container "a"`, `containers "a", "b"`. */
export const theContainers = (names: readonly string[]): string =>
  `${plural('container', 'containers', names.length)} ${quoted(names)}`;

/** `pod and container "a"`: who sets what must not be set. */
export const setters = (isPod: boolean, containers: readonly string[]): string =>
  [...(isPod ? ['pod'] : []), ...(containers.length > 0 ? [theContainers(containers)] : [])].join(' and ');
