import { parseGoDuration } from './go-duration.ts';
import { isTimeZone } from './time-zone.ts';

/** Which values of one field of a schedule match, by number; `any` where the field was `*` or `?`. */
export interface CronField {
  readonly values: ReadonlySet<number>;
  readonly any: boolean;
}

/** Wall-clock times at which something is due. */
export interface CronTable {
  readonly minute: CronField;
  readonly hour: CronField;
  readonly dayOfMonth: CronField;
  readonly month: CronField;
  readonly dayOfWeek: CronField;
  /** Only where the schedule itself names one. */
  readonly timeZone?: string;
}

/** `@every 90m`: from one instant to the next, whatever the clocks show. */
export interface CronInterval {
  readonly everySeconds: number;
}

export type CronSchedule = CronTable | CronInterval;

/** A schedule that cannot be read; the message is upstream's. */
export class CronScheduleError extends Error {
  readonly code = 'InvalidSchedule';
}

interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const bounds = {
  minute: { min: 0, max: 59 },
  hour: { min: 0, max: 23 },
  dayOfMonth: { min: 1, max: 31 },
  month: { min: 1, max: 12, names: months },
  dayOfWeek: { min: 0, max: 6, names: weekdays },
} as const satisfies Record<string, Bounds>;

const descriptors: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

function parseNumber(text: string): number {
  if (!/^[+-]?[0-9]+$/.test(text)) {
    throw new CronScheduleError(
      `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  }
  const value = Number(text);
  if (value < 0) throw new CronScheduleError(`negative number (${value}) not allowed: ${text}`);
  return value;
}

function parseValue(text: string, { min, names }: Bounds): number {
  const index = names?.indexOf(text.toLowerCase()) ?? -1;
  return index < 0 ? parseNumber(text) : index + min;
}

interface Range {
  readonly start: number;
  readonly end: number;
  readonly step: number;
  readonly any: boolean;
}

/** `5`, `1-5`, `*`, each perhaps with a step behind a slash. */
function parseRange(text: string, field: Bounds): Range {
  const [range = '', stepText, ...moreSteps] = text.split('/');
  const [low = '', high, ...more] = range.split('-');
  const any = low === '*' || low === '?';
  if (!any && more.length > 0) throw new CronScheduleError(`too many hyphens: ${text}`);
  const start = any ? field.min : parseValue(low, field);
  let end = any ? field.max : high === undefined ? start : parseValue(high, field);
  if (moreSteps.length > 0) throw new CronScheduleError(`too many slashes: ${text}`);
  const step = stepText === undefined ? 1 : parseNumber(stepText);
  // `3/10` goes on to the field's end.
  if (stepText !== undefined && high === undefined) end = field.max;
  if (start < field.min) {
    throw new CronScheduleError(`beginning of range (${start}) below minimum (${field.min}): ${text}`);
  }
  if (end > field.max) throw new CronScheduleError(`end of range (${end}) above maximum (${field.max}): ${text}`);
  if (start > end) throw new CronScheduleError(`beginning of range (${start}) beyond end of range (${end}): ${text}`);
  if (step === 0) throw new CronScheduleError(`step of range should be a positive number: ${text}`);
  return { start, end, step, any: any && step === 1 };
}

function parseField(text: string, field: Bounds): CronField {
  const ranges = text
    .split(',')
    .filter((part) => part !== '')
    .map((part) => parseRange(part, field));
  const values = new Set<number>();
  for (const { start, end, step } of ranges) for (let value = start; value <= end; value += step) values.add(value);
  return { values, any: ranges.some(({ any }) => any) };
}

function parseTable(text: string): CronTable {
  const fields = text.split(/\s+/).filter((field) => field !== '');
  const [minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = ''] = fields;
  if (fields.length !== 5) {
    throw new CronScheduleError(`expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`);
  }
  return {
    minute: parseField(minute, bounds.minute),
    hour: parseField(hour, bounds.hour),
    dayOfMonth: parseField(dayOfMonth, bounds.dayOfMonth),
    month: parseField(month, bounds.month),
    dayOfWeek: parseField(dayOfWeek, bounds.dayOfWeek),
  };
}

function parseDescriptor(text: string): CronSchedule {
  const table = Object.hasOwn(descriptors, text) ? descriptors[text] : undefined;
  if (table !== undefined) return parseTable(table);
  const every = '@every ';
  if (!text.startsWith(every)) throw new CronScheduleError(`unrecognized descriptor: ${text}`);
  const written = text.slice(every.length);
  const milliseconds = parseGoDuration(written);
  if (milliseconds === undefined) {
    const reason = `time: invalid duration ${JSON.stringify(written)}`;
    throw new CronScheduleError(`failed to parse duration ${text}: ${reason}`);
  }
  return { everySeconds: Math.max(1, Math.trunc(milliseconds / 1000)) };
}

/**
 * Reads a schedule of five fields, `@daily` and its like, or `@every 1h30m`, perhaps with `TZ=…` in front; throws
 * CronScheduleError. https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax
 */
export function parseCronSchedule(text: string): CronSchedule {
  if (text === '') throw new CronScheduleError('empty spec string');
  const zoned = /^(?:CRON_)?TZ=(\S*)(?:\s+(.*))?$/s.exec(text);
  const schedule = zoned === null ? text.trim() : (zoned[2] ?? '').trim();
  const timeZone = zoned?.[1];
  if (timeZone !== undefined && !isTimeZone(timeZone)) {
    throw new CronScheduleError(`provided bad location ${timeZone}: unknown time zone ${timeZone}`);
  }
  const parsed = schedule.startsWith('@') ? parseDescriptor(schedule) : parseTable(schedule);
  return timeZone === undefined || 'everySeconds' in parsed ? parsed : { ...parsed, timeZone };
}
