import type { Environment } from '@marcbachmann/cel-js';
import type { Quantity } from '../../../api/values/quantity.ts';
import {
  QuantityError,
  addQuantities,
  compareQuantities,
  parseQuantity,
  quantityNumber,
  quantityValue,
  subtractQuantities,
  tryParseQuantity,
} from '../../../api/values/quantity.ts';
import { CelValueError } from '../values.ts';

const sync = { async: false };

/** A quantity inside an expression. */
class CelQuantity {
  readonly value: Quantity;
  constructor(value: Quantity) {
    this.value = value;
  }
}

function read(text: string): CelQuantity {
  try {
    return new CelQuantity(parseQuantity(text));
  } catch (error) {
    if (error instanceof QuantityError) throw new CelValueError(error.message);
    throw error;
  }
}

const asQuantity = (value: CelQuantity | bigint): Quantity =>
  value instanceof CelQuantity ? value.value : parseQuantity(value.toString());
const compare = (a: CelQuantity, b: CelQuantity): number => compareQuantities(a.value, b.value);

function isInteger({ value }: CelQuantity): boolean {
  const whole = quantityValue(value);
  return compareQuantities(parseQuantity(whole.toString()), value) === 0 && BigInt.asIntN(64, whole) === whole;
}

/** https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-quantity-library */
export function addQuantityFunctions(environment: Environment): void {
  const define = (signature: string, handler: (...args: never[]) => unknown): void => {
    environment.registerFunction(signature, handler, sync);
  };
  environment.registerType('kubernetes.Quantity', { ctor: CelQuantity, fields: {} });
  const own = 'kubernetes.Quantity';
  environment.registerOperator(`${own} == ${own}`, (a: CelQuantity, b: CelQuantity) => compare(a, b) === 0);
  define(`quantity(string): ${own}`, read);
  define('isQuantity(string): bool', (text: string) => tryParseQuantity(text) !== undefined);
  define(`${own}.isInteger(): bool`, isInteger);
  define(`${own}.asInteger(): int`, (quantity: CelQuantity) => {
    if (!isInteger(quantity)) throw new CelValueError('cannot convert value to integer');
    return quantityValue(quantity.value);
  });
  define(`${own}.asApproximateFloat(): double`, (quantity: CelQuantity) => quantityNumber(quantity.value));
  define(`${own}.sign(): int`, (quantity: CelQuantity) =>
    BigInt(compareQuantities(quantity.value, parseQuantity('0'))),
  );
  define(`${own}.compareTo(${own}): int`, (a: CelQuantity, b: CelQuantity) => BigInt(compare(a, b)));
  define(`${own}.isGreaterThan(${own}): bool`, (a: CelQuantity, b: CelQuantity) => compare(a, b) > 0);
  define(`${own}.isLessThan(${own}): bool`, (a: CelQuantity, b: CelQuantity) => compare(a, b) < 0);
  for (const other of [own, 'int']) {
    define(
      `${own}.add(${other}): ${own}`,
      (a: CelQuantity, b: CelQuantity | bigint) => new CelQuantity(addQuantities(a.value, asQuantity(b))),
    );
    define(
      `${own}.sub(${other}): ${own}`,
      (a: CelQuantity, b: CelQuantity | bigint) => new CelQuantity(subtractQuantities(a.value, asQuantity(b))),
    );
  }
}
