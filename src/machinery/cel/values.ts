import { Duration, UnsignedInt } from '@marcbachmann/cel-js/evaluator';
import { isJsonObject } from '../json.ts';

/** A fault that shows only when an expression runs; the message is CEL's. */
export class CelValueError extends Error {
  override readonly name = 'CelValueError';
}

/** A value that compares by a plain one. */
function plain(value: unknown): unknown {
  if (value instanceof Date) return value.getTime();
  if (value instanceof UnsignedInt) return value.valueOf();
  return value instanceof Duration ? value.seconds * 1_000_000_000n + BigInt(value.nanos) : value;
}

const entriesOf = (value: object): ReadonlyMap<unknown, unknown> =>
  value instanceof Map ? (value as Map<unknown, unknown>) : new Map(Object.entries(value));

/** Equality as CEL has it: numbers by their value, whatever their type. */
export function equalValues(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  const [x, y] = [plain(a), plain(b)];
  if (typeof x === 'bigint' || typeof x === 'number') {
    // oxlint-disable-next-line eqeqeq -- JavaScript compares a bigint with a number by their value
    return (typeof y === 'bigint' || typeof y === 'number') && x == y;
  }
  if (Array.isArray(x) || Array.isArray(y)) {
    if (!Array.isArray(x) || !Array.isArray(y) || x.length !== y.length) return false;
    return x.every((item, index) => equalValues(item, y[index]));
  }
  if (x instanceof Uint8Array && y instanceof Uint8Array) return Buffer.compare(x, y) === 0;
  if (!isJsonObject(x) || !isJsonObject(y)) return x === y;
  const [own, theirs] = [entriesOf(x), entriesOf(y)];
  if (own.size !== theirs.size) return false;
  return [...own].every(([key, value]) => theirs.has(key) && equalValues(value, theirs.get(key)));
}

/** Order of two values of one type: below zero when `a` comes first. Throws CelValueError where there is none. */
export function compareValues(a: unknown, b: unknown): number {
  const [x, y] = [plain(a), plain(b)];
  if (typeof x === 'boolean' && typeof y === 'boolean') return Number(x) - Number(y);
  const isNumber = (value: unknown): value is number | bigint => typeof value === 'number' || typeof value === 'bigint';
  if (isNumber(x) && isNumber(y)) return x < y ? -1 : Number(x > y);
  if (typeof x === 'string' && typeof y === 'string') return x < y ? -1 : Number(x > y);
  if (x instanceof Uint8Array && y instanceof Uint8Array) return Buffer.compare(x, y);
  throw new CelValueError('no such overload');
}
