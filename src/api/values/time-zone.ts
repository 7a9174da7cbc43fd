/** What a clock on the wall of some place shows; months count from 1, days of the week from Sunday, 0. */
export interface WallClock {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly weekday: number;
  /** How far the place is ahead of UTC, in milliseconds. */
  readonly offset: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formats.set(timeZone, format);
  return format;
}

/**
 * True for a name of the IANA time zone database. Names are told apart by case, as files are, where this runtime
 * keeps a zone under its own name.
 */
export function isTimeZone(name: string): boolean {
  // The runtime takes offsets, too; the database knows none.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    const kept = formatOf(name).resolvedOptions().timeZone;
    return kept === name || kept.toLowerCase() !== name.toLowerCase();
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function withOffset(at: number, offset: number): WallClock {
  const shifted = new Date(at + offset);
  return {
    year: shifted.getUTCFullYear(),
    month: shifted.getUTCMonth() + 1,
    day: shifted.getUTCDate(),
    hour: shifted.getUTCHours(),
    minute: shifted.getUTCMinutes(),
    weekday: shifted.getUTCDay(),
    offset,
  };
}

/** The wall clock of a zone at an instant (milliseconds since the epoch); throws RangeError for an unknown zone. */
export function wallClock(at: number, timeZone: string): WallClock {
  if (timeZone === 'UTC') return withOffset(at, 0);
  const parts = new Map(
    formatOf(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const number = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type));
  const year = parts.get('era') === 'BC' ? 1 - number('year') : number('year');
  const shown = Date.UTC(year, number('month') - 1, number('day'), number('hour'), number('minute'), number('second'));
  return withOffset(at, shown - Math.floor(at / 1000) * 1000);
}

/** The first instant at which the clocks of a zone show a date: midnight, or later where midnight is skipped. */
export function startOfDay(year: number, month: number, day: number, timeZone: string): number {
  const midnight = Date.UTC(year, month - 1, day);
  // The offset at the wanted instant is that of one of the two days.
  const offsets = [midnight - 86_400_000, midnight + 86_400_000].map((at) => wallClock(at, timeZone).offset);
  const candidates = offsets.map((offset) => midnight - offset).toSorted((a, b) => a - b);
  const shows = (at: number): boolean => at + wallClock(at, timeZone).offset >= midnight;
  return candidates.find(shows) ?? midnight;
}
