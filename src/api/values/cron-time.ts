import type { CronSchedule, CronTable } from './cron-schedule.ts';
import type { WallClock } from './time-zone.ts';
import { startOfDay, wallClock } from './time-zone.ts';

const minute = 60_000;
/** A schedule that is due on no day of so many years is never due (30 February). */
const maxYears = 5;

/** With both kinds of days restricted, either will do; with one of them, that one decides. */
function isDay({ dayOfMonth, dayOfWeek }: CronTable, { day, weekday }: WallClock): boolean {
  const [inMonth, inWeek] = [dayOfMonth.values.has(day), dayOfWeek.values.has(weekday)];
  return dayOfMonth.any || dayOfWeek.any ? inMonth && inWeek : inMonth || inWeek;
}

/** The next instant that is worth a look, when `at` is not due; undefined when it is. */
function skip(table: CronTable, at: number, clock: WallClock, timeZone: string): number | undefined {
  const { year, month, day } = clock;
  if (!table.month.values.has(month)) return startOfDay(year, month + 1, 1, timeZone);
  if (!isDay(table, clock)) return startOfDay(year, month, day + 1, timeZone);
  if (!table.hour.values.has(clock.hour)) return at + (60 - clock.minute) * minute;
  return table.minute.values.has(clock.minute) ? undefined : at + minute;
}

/**
 * When a schedule is due next after an instant, both in milliseconds since the epoch; undefined for never. Times that
 * the clocks of the zone skip do not count, times that they show twice count twice. A zone that the schedule names
 * itself goes before `timeZone`.
 */
export function nextCronTime(schedule: CronSchedule, after: number, timeZone = 'UTC'): number | undefined {
  if ('everySeconds' in schedule) return (Math.floor(after / 1000) + schedule.everySeconds) * 1000;
  const zone = schedule.timeZone ?? timeZone;
  const lastYear = wallClock(after, zone).year + maxYears;
  let at = (Math.floor(after / minute) + 1) * minute;
  for (;;) {
    const clock = wallClock(at, zone);
    if (clock.year > lastYear) return undefined;
    const next = skip(schedule, at, clock, zone);
    if (next === undefined) return at;
    // Where the clocks go back over midnight, a day begins twice.
    at = Math.max(next, at + minute);
  }
}
