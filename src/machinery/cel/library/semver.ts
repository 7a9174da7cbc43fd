import type { Environment } from '@marcbachmann/cel-js';
import { CelValueError } from '../values.ts';

const sync = { async: false };
const own = 'kubernetes.Semver';
const form =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[A-Za-z-][\dA-Za-z-]*)(?:\.(?:0|[1-9]\d*|\d*[A-Za-z-][\dA-Za-z-]*))*))?(?:\+[\dA-Za-z-]+(?:\.[\dA-Za-z-]+)*)?$/;

class CelSemver {
  readonly numbers: readonly bigint[];
  readonly pre: readonly string[];
  constructor(numbers: readonly bigint[], pre: readonly string[]) {
    this.numbers = numbers;
    this.pre = pre;
  }
}

/** `v1.02` as `1.2.0`. */
function normalized(text: string): string {
  const [, numbers = '', rest = ''] = /^v?([\d.]*)(.*)$/s.exec(text) ?? [];
  const parts = numbers.split('.').map((part) => part.replace(/^0+(?=\d)/, ''));
  while (parts.length < 3) parts.push('0');
  return parts.join('.') + rest;
}

function parse(text: string): CelSemver | undefined {
  const match = form.exec(text);
  if (match === null) return undefined;
  const [, major = '0', minor = '0', patch = '0', pre = ''] = match;
  return new CelSemver([BigInt(major), BigInt(minor), BigInt(patch)], pre === '' ? [] : pre.split('.'));
}

function read(text: string): CelSemver {
  const value = parse(text);
  if (value === undefined) throw new CelValueError(`${JSON.stringify(text)} is no semantic version`);
  return value;
}

const order = <T extends bigint | number | string>(a: T, b: T): number => (a < b ? -1 : Number(a > b));

function comparePart(a: string, b: string): number {
  const [x, y] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (x && y) return order(BigInt(a), BigInt(b));
  // Numbers come before names.
  return x === y ? order(a, b) : x ? -1 : 1;
}

function compare(a: CelSemver, b: CelSemver): number {
  for (const [index, number] of a.numbers.entries()) {
    const found = order(number, b.numbers[index] ?? 0n);
    if (found !== 0) return found;
  }
  // What has no pre-release is the release itself.
  if (a.pre.length === 0 || b.pre.length === 0) return order(b.pre.length, a.pre.length);
  for (const [index, part] of a.pre.entries()) {
    const other = b.pre[index];
    if (other === undefined) return 1;
    const found = comparePart(part, other);
    if (found !== 0) return found;
  }
  return order(a.pre.length, b.pre.length);
}

/** Semantic versions: https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-semver-library */
export function addSemverFunctions(environment: Environment): void {
  const define = (signature: string, handler: (...args: never[]) => unknown): void =>
    void environment.registerFunction(signature, handler, sync);
  environment.registerType(own, { ctor: CelSemver, fields: {} });
  environment.registerOperator(`${own} == ${own}`, (a: CelSemver, b: CelSemver) => compare(a, b) === 0);
  define(`semver(string): ${own}`, read);
  define(`semver(string, bool): ${own}`, (text: string, normalize: boolean) =>
    read(normalize ? normalized(text) : text),
  );
  define('isSemver(string): bool', (text: string) => parse(text) !== undefined);
  define(
    'isSemver(string, bool): bool',
    (text: string, normalize: boolean) => parse(normalize ? normalized(text) : text) !== undefined,
  );
  for (const [index, name] of ['major', 'minor', 'patch'].entries()) {
    define(`${own}.${name}(): int`, ({ numbers }: CelSemver) => numbers[index] ?? 0n);
  }
  define(`${own}.isGreaterThan(${own}): bool`, (a: CelSemver, b: CelSemver) => compare(a, b) > 0);
  define(`${own}.isLessThan(${own}): bool`, (a: CelSemver, b: CelSemver) => compare(a, b) < 0);
  define(`${own}.compareTo(${own}): int`, (a: CelSemver, b: CelSemver) => BigInt(compare(a, b)));
}
