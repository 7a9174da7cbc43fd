import { HttpError } from '../http-error.ts';

/** Which part of a container's log is wanted. */
export interface LogOptions {
  readonly follow: boolean;
  readonly previous: boolean;
  /** Whether each line starts with its time. */
  readonly timestamps: boolean;
  /** How many lines from the end; all when undefined. */
  readonly tailLines: number | undefined;
  /** Lines older than this are left out; milliseconds since 1970. */
  readonly since: number | undefined;
  readonly limitBytes: number | undefined;
}

function flag(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value !== null && !['false', '0'].includes(value.toLowerCase());
}

function integer(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name);
  if (value === null) return undefined;
  const number = Number(value);
  if (!/^[+-]?\d+$/.test(value) || !Number.isSafeInteger(number))
    throw new HttpError(400, '{"message": "Unable to decode query."}');
  return number;
}

function sinceTime(query: URLSearchParams): number | undefined {
  const value = query.get('sinceTime');
  if (value === null || value === '') return undefined;
  const time = Date.parse(value);
  if (Number.isNaN(time)) throw new HttpError(400, '{"message": "Unable to decode query."}');
  return time;
}

/** Reads the query of `/containerLogs/…`; throws HttpError 400 for what is no number or time, 422 for impossible values. */
export function logOptions(query: URLSearchParams, now: number): LogOptions {
  const tail = query.get('tail');
  const tailLines = tail === null ? integer(query, 'tailLines') : tail === 'all' ? undefined : Number(tail);
  const sinceSeconds = integer(query, 'sinceSeconds');
  const time = sinceTime(query);
  const limitBytes = integer(query, 'limitBytes');
  const isInvalid =
    (tailLines !== undefined && !(tailLines >= 0)) ||
    (limitBytes !== undefined && limitBytes < 1) ||
    (sinceSeconds !== undefined && (sinceSeconds < 1 || time !== undefined));
  if (isInvalid) throw new HttpError(422, '{"message": "Invalid request."}');
  return {
    follow: flag(query, 'follow'),
    previous: flag(query, 'previous'),
    timestamps: flag(query, 'timestamps'),
    tailLines,
    since: time ?? (sinceSeconds === undefined ? undefined : now - sinceSeconds * 1000),
    limitBytes,
  };
}
