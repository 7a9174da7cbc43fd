/**
 * Resource quantities such as `500m`, `1.5Gi` and `2e3`: exact values, upstream's canonical form.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */

/** How a quantity was written, which its canonical form keeps. */
export type QuantityFormat = 'decimalSI' | 'binarySI' | 'decimalExponent';

/** An exact value; nothing finer than a billionth exists, finer ones are rounded away from zero. */
export interface Quantity {
  readonly nanos: bigint;
  readonly format: QuantityFormat;
}

/** Thrown for text that is no quantity; its message is upstream's. */
export class QuantityError extends Error {
  readonly code: 'format' | 'suffix';
  constructor(code: 'format' | 'suffix') {
    super(
      code === 'format'
        ? "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
        : "unable to parse quantity's suffix",
    );
    this.name = 'QuantityError';
    this.code = code;
  }
}

const pattern = /^([+-]?)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)$/;
const nano = 1_000_000_000n;
const maxBinary = (2n ** 63n - 1n) * nano;
const decimalSuffixes = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
/** Beyond it a value would only be a way to make the server compute with enormous numbers. */
const maxExponent = 100;

interface Suffix {
  readonly base: 10n | 2n;
  readonly exponent: number;
  readonly format: QuantityFormat;
}

function parseSuffix(text: string): Suffix {
  const decimal = decimalSuffixes.indexOf(text);
  if (decimal >= 0) return { base: 10n, exponent: (decimal - 3) * 3, format: 'decimalSI' };
  const binary = binarySuffixes.indexOf(text);
  if (binary > 0) return { base: 2n, exponent: binary * 10, format: 'binarySI' };
  if (!/^[eE][-+]?[0-9]{1,18}$/.test(text)) throw new QuantityError('suffix');
  const exponent = Number(text.slice(1));
  if (exponent > maxExponent) throw new QuantityError('suffix');
  return { base: 10n, exponent: Math.max(exponent, -maxExponent), format: 'decimalExponent' };
}

/** Divides, rounding away from zero, so that asking for something never yields nothing. */
function divideUp(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  if (value % divisor === 0n) return quotient;
  return value < 0n ? quotient - 1n : quotient + 1n;
}

/** Reads a quantity from text, or from a JSON number; throws QuantityError. */
export function parseQuantity(input: string | number): Quantity {
  const text = typeof input === 'number' ? String(input) : input;
  const match = pattern.exec(text);
  if (match === null || text === '') throw new QuantityError('format');
  const [, sign = '', whole = '', fraction = '', suffixText = ''] = match;
  if (whole === '' && fraction === '' && !text.includes('.')) throw new QuantityError('format');
  const { base, exponent, format } = parseSuffix(suffixText);
  const digits = BigInt(`${whole}${fraction}` || '0');
  const scale = (base === 10n ? exponent : 0) + 9 - fraction.length;
  const scaled = base === 2n ? digits * 2n ** BigInt(exponent) : digits;
  let nanos = scale >= 0 ? scaled * 10n ** BigInt(scale) : divideUp(scaled, 10n ** BigInt(-scale));
  if (format === 'binarySI' && nanos > maxBinary) nanos = maxBinary;
  const fractional = format === 'binarySI' && nanos > 0n && nanos < nano;
  return { nanos: sign === '-' ? -nanos : nanos, format: fractional ? 'decimalSI' : format };
}

/** Reads a quantity, or gives undefined where the value is none. */
export function tryParseQuantity(input: unknown): Quantity | undefined {
  if (typeof input !== 'string' && typeof input !== 'number') return undefined;
  try {
    return parseQuantity(input);
  } catch (error) {
    if (error instanceof QuantityError) return undefined;
    throw error;
  }
}

function formatBinary(value: bigint): string {
  let power = 0;
  let rest = value;
  while (rest % 1024n === 0n && power < binarySuffixes.length - 1) {
    rest /= 1024n;
    power += 1;
  }
  return `${rest}${binarySuffixes[power]}`;
}

function formatDecimal(nanos: bigint, format: QuantityFormat): string {
  let power = -3;
  let rest = nanos;
  const highest = format === 'decimalExponent' ? Infinity : 6;
  while (rest % 1000n === 0n && power < highest) {
    rest /= 1000n;
    power += 1;
  }
  if (format !== 'decimalExponent') return `${rest}${decimalSuffixes[power + 3]}`;
  return power === 0 ? `${rest}` : `${rest}e${power * 3}`;
}

/** The canonical text: no fraction, the largest suffix that loses nothing. */
export function formatQuantity(quantity: Quantity): string {
  const { nanos, format } = quantity;
  if (nanos === 0n) return '0';
  if (format !== 'binarySI') return formatDecimal(nanos, format);
  const small = nanos > -1024n * nano && nanos < 1024n * nano;
  if (small || nanos % nano !== 0n) return formatDecimal(nanos, 'decimalSI');
  return formatBinary(nanos / nano);
}

/** The canonical form of a quantity given as text or as a JSON number; throws QuantityError. */
export function canonicalQuantity(input: string | number): string {
  return formatQuantity(parseQuantity(input));
}

/** Negative, zero or positive, as `a` is less than, equal to or more than `b`. */
export function compareQuantities(a: Quantity, b: Quantity): -1 | 0 | 1 {
  if (a.nanos === b.nanos) return 0;
  return a.nanos < b.nanos ? -1 : 1;
}

/** The sum, in the format of `a`, or of `b` where `a` is zero. */
export function addQuantities(a: Quantity, b: Quantity): Quantity {
  return { nanos: a.nanos + b.nanos, format: a.nanos === 0n ? b.format : a.format };
}

/** The difference, in the format of `a`, or of `b` where `a` is zero. */
export function subtractQuantities(a: Quantity, b: Quantity): Quantity {
  return { nanos: a.nanos - b.nanos, format: a.nanos === 0n ? b.format : a.format };
}

/** The value in whole units (bytes, cores), rounded away from zero. */
export function quantityValue(quantity: Quantity): bigint {
  return divideUp(quantity.nanos, nano);
}

/** The value in thousandths (millicores), rounded away from zero. */
export function quantityMilliValue(quantity: Quantity): bigint {
  return divideUp(quantity.nanos, 1_000_000n);
}

/** The value rounded away from zero to thousandths, as the API keeps resource amounts. */
export function roundToMilli(quantity: Quantity): Quantity {
  return { nanos: quantityMilliValue(quantity) * 1_000_000n, format: quantity.format };
}

/** The value as a floating-point number, which may lose precision. */
export function quantityNumber(quantity: Quantity): number {
  const whole = quantity.nanos / nano;
  return Number(whole) + Number(quantity.nanos - whole * nano) / 1e9;
}
