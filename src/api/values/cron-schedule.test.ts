import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseCronSchedule } from './cron-schedule.ts';
import { nextCronTime } from './cron-time.ts';

describe('schedules that cannot be read', () => {
  const cases: Record<string, string> = {
    '': 'empty spec string',
    '* * * *': 'expected exactly 5 fields, found 4: [* * * *]',
    '0 0 0 * * *': 'expected exactly 5 fields, found 6: [0 0 0 * * *]',
    '60 * * * *': 'end of range (60) above maximum (59): 60',
    '* * 0 * *': 'beginning of range (0) below minimum (1): 0',
    '* * * * 7': 'end of range (7) above maximum (6): 7',
    '9-5 * * * *': 'beginning of range (9) beyond end of range (5): 9-5',
    '1-2-3 * * * *': 'too many hyphens: 1-2-3',
    '*/5/5 * * * *': 'too many slashes: */5/5',
    '*/0 * * * *': 'step of range should be a positive number: */0',
    '*/-1 * * * *': 'negative number (-1) not allowed: -1',
    'x * * * *': 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax',
    '@often': 'unrecognized descriptor: @often',
    '@every now': 'failed to parse duration @every now: time: invalid duration "now"',
    'TZ=Nowhere/Atall 0 0 * * *': 'provided bad location Nowhere/Atall: unknown time zone Nowhere/Atall',
  };
  for (const [text, message] of Object.entries(cases)) {
    it(JSON.stringify(text), () => assert.throws(() => parseCronSchedule(text), { name: 'Error', message }));
  }
});

describe('when a schedule is due next', () => {
  const cases: Record<string, readonly [schedule: string, after: string, zone: string, ...due: string[]]> = {
    'every minute': ['* * * * *', '2026-01-01T00:00:30Z', 'UTC', '2026-01-01T00:01:00Z', '2026-01-01T00:02:00Z'],
    'not at the instant itself': ['0 0 * * *', '2026-01-01T00:00:00Z', 'UTC', '2026-01-02T00:00:00Z'],
    'steps from a number': [
      '5/20 * * * *',
      '2026-01-01T00:00:00Z',
      'UTC',
      '2026-01-01T00:05:00Z',
      '2026-01-01T00:25:00Z',
    ],
    'names, over the year': ['30 6 * feb mon', '2026-12-31T00:00:00Z', 'UTC', '2027-02-01T06:30:00Z'],
    'day of month or of week': [
      '0 0 13 * fri',
      '2026-02-01T00:00:00Z',
      'UTC',
      '2026-02-06T00:00:00Z',
      '2026-02-13T00:00:00Z',
    ],
    'a step of a star restricts': ['0 0 */10 * sun', '2026-01-01T01:00:00Z', 'UTC', '2026-01-04T00:00:00Z'],
    'a leap day': ['0 12 29 2 *', '2026-01-01T00:00:00Z', 'UTC', '2028-02-29T12:00:00Z'],
    never: ['0 0 30 2 *', '2026-01-01T00:00:00Z', 'UTC'],
    weekly: ['@weekly', '2026-01-01T00:00:00Z', 'UTC', '2026-01-04T00:00:00Z'],
    'at intervals': ['@every 1h30m', '2026-01-01T00:00:00.4Z', 'UTC', '2026-01-01T01:30:00Z'],
    'in another zone': ['0 9 * * *', '2026-07-01T00:00:00Z', 'Asia/Kolkata', '2026-07-01T03:30:00Z'],
    'a zone of its own': ['CRON_TZ=Asia/Tokyo 0 9 * * *', '2026-07-01T01:00:00Z', 'UTC', '2026-07-02T00:00:00Z'],
    'an hour that is skipped': ['30 2 * * *', '2026-03-07T12:00:00Z', 'America/New_York', '2026-03-09T06:30:00Z'],
    'an hour that comes twice': [
      '0 1 * * *',
      '2026-11-01T04:00:00Z',
      'America/New_York',
      '2026-11-01T05:00:00Z',
      '2026-11-01T06:00:00Z',
      '2026-11-02T06:00:00Z',
    ],
    'midnight skipped': ['15 * 6 9 *', '2026-09-05T12:00:00Z', 'America/Santiago', '2026-09-06T04:15:00Z'],
  };
  for (const [name, [schedule, after, zone, ...due]] of Object.entries(cases)) {
    it(name, () => {
      const parsed = parseCronSchedule(schedule);
      let at: number | undefined = Date.parse(after);
      for (const expected of due.length === 0 ? [undefined] : due) {
        at = nextCronTime(parsed, at ?? Number.NaN, zone);
        assert.equal(at, expected === undefined ? undefined : Date.parse(expected));
      }
    });
  }
});
