import type { CronSchedule } from '../../api/values/cron-schedule.ts';
import { nextCronTime } from '../../api/values/cron-time.ts';

const hourMs = 3_600_000;
/** How far back to look for the newest time that has passed; schedules that are seldom due are looked for farther. */
const lookBackMs = [1, 24, 31 * 24, 366 * 24, 6 * 366 * 24].map((hours) => hours * hourMs);
const manyMissed = 100;

export interface DueTimes {
  /** The newest time after `earliest` that is not after `now`; undefined where nothing has been due. */
  readonly newest: number | undefined;
  /** Whether more have passed than can be put down to a short outage. */
  readonly tooMany: boolean;
}

/** Which times of a schedule have come after `earliest` and up to `now`, in milliseconds since the epoch. */
export function dueTimes(
  schedule: CronSchedule,
  { earliest, now, timeZone }: { readonly earliest: number; readonly now: number; readonly timeZone: string },
): DueTimes {
  if ('everySeconds' in schedule) {
    const every = schedule.everySeconds * 1000;
    const count = Math.floor((now - earliest) / every);
    return { newest: count < 1 ? undefined : earliest + count * every, tooMany: count > manyMissed };
  }
  const within = (after: number, most: number): number[] => {
    const times: number[] = [];
    let at = nextCronTime(schedule, after, timeZone);
    for (; at !== undefined && at <= now && times.length < most; at = nextCronTime(schedule, at, timeZone))
      times.push(at);
    return times;
  };
  const missed = within(earliest, manyMissed + 1);
  if (missed.length <= manyMissed) return { newest: missed.at(-1), tooMany: false };
  const starts = lookBackMs.map((back) => Math.max(earliest, now - back));
  const newest = starts
    .values()
    .map((start) => within(start, Infinity).at(-1))
    .find((time) => time !== undefined);
  return { newest, tooMany: true };
}
