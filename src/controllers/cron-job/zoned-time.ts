import { wallClock } from '../../api/values/time-zone.ts';

/** An instant, in milliseconds since the epoch, as RFC 3339 with the clock and the offset of a time zone. */
export function inZone(at: number, timeZone: string): string {
  const { offset } = wallClock(at, timeZone);
  const shown = new Date(at + offset).toISOString().slice(0, 19);
  const minutes = Math.abs(offset) / 60_000;
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  return offset === 0 ? `${shown}Z` : `${shown}${offset < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`;
}
