import { formatQuantity, tryParseQuantity } from '../values/quantity.ts';

/** Warns of an amount of bytes that is not whole (`100m` is a tenth of a byte). */
export function fractionWarning(amount: string | undefined, path: string): string[] {
  const parsed = tryParseQuantity(amount);
  if (parsed === undefined || parsed.nanos % 1_000_000_000n === 0n) return [];
  return [`${path}: fractional byte value ${JSON.stringify(formatQuantity(parsed))} is invalid, must be an integer`];
}
