import type { Environment } from '@marcbachmann/cel-js';
import { Optional } from '@marcbachmann/cel-js';
import { charge } from '../budget.ts';
import { CelValueError, compareValues, equalValues } from '../values.ts';

const sync = { async: false };
type List = readonly unknown[];

function add(a: unknown, b: unknown): unknown {
  if (typeof a === 'bigint' && typeof b === 'bigint') return a + b;
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  if (isAddable(a)) return a.addDuration(b);
  throw new CelValueError('no such overload: sum');
}

function isAddable(value: unknown): value is { addDuration(other: unknown): unknown } {
  return typeof value === 'object' && value !== null && 'addDuration' in value;
}

function extreme(list: List, name: string, sign: 1 | -1): unknown {
  if (list.length === 0) throw new CelValueError(`${name} called on empty list`);
  return list.reduce((best, item) => (compareValues(item, best) * sign > 0 ? item : best));
}

function sum(list: List): unknown {
  return list.length === 0 ? 0n : list.reduce(add);
}

function flatten(list: List, depth: number): unknown[] {
  return list.flatMap((item) => (Array.isArray(item) && depth > 0 ? flatten(item as List, depth - 1) : [item]));
}

function indexOf(list: List, wanted: unknown): bigint {
  charge(list.length / 10);
  return BigInt(list.findIndex((item) => equalValues(item, wanted)));
}

function distinct(list: List): unknown[] {
  charge(list.length ** 2 / 10);
  return list.filter((item, index) => list.findIndex((other) => equalValues(other, item)) === index);
}

/** The numbers from 0 up to `end`; paid for before they are made. */
function range(end: bigint): bigint[] {
  const length = Number(end > 0n ? end : 0n);
  charge(length);
  return Array.from({ length }, (_, index) => BigInt(index));
}

const contains = (list: List, wanted: List): boolean => {
  charge((list.length * wanted.length) / 10);
  return wanted.every((item) => list.some((other) => equalValues(other, item)));
};
const intersects = (a: List, b: List): boolean => {
  charge((a.length * b.length) / 10);
  return a.some((item) => b.some((other) => equalValues(item, other)));
};

/** The functions for lists and sets: https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-list-library */
export function addListFunctions(environment: Environment): void {
  const define = (signature: string, handler: (...args: never[]) => unknown): void => {
    environment.registerFunction(signature, handler, sync);
  };
  define('list<A>.isSorted(): bool', (list: List) =>
    list.every((item, index) => index === 0 || compareValues(list[index - 1], item) <= 0),
  );
  define('list<A>.sum(): A', sum);
  define('list<A>.min(): A', (list: List) => extreme(list, 'min', -1));
  define('list<A>.max(): A', (list: List) => extreme(list, 'max', 1));
  define('list<A>.indexOf(A): int', indexOf);
  define('list<A>.lastIndexOf(A): int', (list: List, wanted: unknown) =>
    BigInt(list.findLastIndex((item) => equalValues(item, wanted))),
  );
  define('list<A>.slice(int, int): list<A>', (list: List, start: bigint, end: bigint) => {
    if (start < 0n || end < start || end > BigInt(list.length)) {
      throw new CelValueError(`cannot slice(${start}, ${end}), list is length ${list.length}`);
    }
    return list.slice(Number(start), Number(end));
  });
  define('list<A>.reverse(): list<A>', (list: List) => list.toReversed());
  define('list<A>.distinct(): list<A>', distinct);
  define('list<A>.sort(): list<A>', (list: List) => list.toSorted(compareValues));
  define('list.flatten(): list<dyn>', (list: List) => flatten(list, 1));
  define('list.flatten(int): list<dyn>', (list: List, depth: bigint) => flatten(list, Number(depth)));
  define('list<A>.first(): optional<A>', (list: List) => (list.length === 0 ? Optional.none() : Optional.of(list[0])));
  define('list<A>.last(): optional<A>', (list: List) =>
    list.length === 0 ? Optional.none() : Optional.of(list.at(-1)),
  );
  environment.registerType('ListNamespace', ListNamespace);
  environment.registerConstant('lists', 'ListNamespace', new ListNamespace());
  define('ListNamespace.range(int): list<int>', (_: unknown, end: bigint) => range(end));
  environment.registerType('SetNamespace', SetNamespace);
  environment.registerConstant('sets', 'SetNamespace', new SetNamespace());
  define('SetNamespace.contains(list, list): bool', (_: unknown, a: List, b: List) => contains(a, b));
  define(
    'SetNamespace.equivalent(list, list): bool',
    (_: unknown, a: List, b: List) => contains(a, b) && contains(b, a),
  );
  define('SetNamespace.intersects(list, list): bool', (_: unknown, a: List, b: List) => intersects(a, b));
}

/** What `sets` is, for functions to stand on. */
class SetNamespace {
  readonly name = 'sets';
}

/** What `lists` is, for functions to stand on. */
class ListNamespace {
  readonly name = 'lists';
}
