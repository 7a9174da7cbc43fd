/** A duration in Go's notation, as upstream's messages carry it: `10s`, `1m20s`, `123ms`, `1.5s`. Whole milliseconds. */
export function goDuration(milliseconds: number): string {
  const total = Math.trunc(milliseconds);
  if (total === 0) return '0s';
  if (total < 0) return `-${goDuration(-total)}`;
  if (total < 1000) return `${total}ms`;
  const hours = Math.trunc(total / 3_600_000);
  const minutes = Math.trunc(total / 60_000) % 60;
  const seconds = (total % 60_000) / 1000;
  if (hours > 0) return `${hours}h${minutes}m${seconds}s`;
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`;
}
