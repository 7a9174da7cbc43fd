/**
 * A count given as a number or as a percentage of `total`, e.g. `25%`; upstream rounds surges up and unavailability
 * down. An unreadable text counts as 0, since validation has refused it before.
 */
export function resolveCount(value: number | string, total: number, rounding: 'up' | 'down'): number {
  if (typeof value === 'number') return value;
  const percent = /^(\d+)%$/.exec(value)?.[1];
  if (percent === undefined) return 0;
  const exact = (Number(percent) * total) / 100;
  return rounding === 'up' ? Math.ceil(exact) : Math.floor(exact);
}
