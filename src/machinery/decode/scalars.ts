import { QuantityError, canonicalQuantity } from '../../api/values/quantity.ts';
import { canonicalMicroTime, canonicalTime } from './times.ts';

/** A scalar that the API cannot read; `message` is Go's. */
export class ScalarError extends Error {
  override readonly name = 'ScalarError';
}

/** A JSON type that the field does not take; the caller knows the field and words the message. */
export class TypeFault extends Error {
  override readonly name = 'TypeFault';
  readonly got: string;
  readonly expected: string;
  constructor(got: string, expected: string) {
    super(`cannot unmarshal ${got} into ${expected}`);
    this.got = got;
    this.expected = expected;
  }
}

const quantities = new Map<string | number, string>();
const maxQuantities = 2000;

/** The canonical text of a quantity; the few that clusters use over and over are remembered. */
export function readQuantity(value: string | number): string {
  const known = quantities.get(value);
  if (known !== undefined) return known;
  let canonical: string;
  try {
    canonical = canonicalQuantity(value);
  } catch (error) {
    if (error instanceof QuantityError) throw new ScalarError(error.message, { cause: error });
    throw error;
  }
  if (quantities.size >= maxQuantities) quantities.clear();
  if (typeof value === 'number' || value.length < 32) quantities.set(value, canonical);
  return canonical;
}

/** RFC 3339 in UTC with seconds; fractions are dropped. */
export function readTime(value: string): string {
  return orScalarError(() => canonicalTime(value));
}

/** RFC 3339 in UTC with microseconds. */
export function readMicroTime(value: string): string {
  return orScalarError(() => canonicalMicroTime(value));
}

function orScalarError(read: () => string): string {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) throw new ScalarError(error.message, { cause: error });
    throw error;
  }
}

/** Base64 with padding, as Go reads it (line breaks are skipped), in its canonical form. */
export function readBase64(value: string): string {
  const bytes = Buffer.from(value, 'base64');
  const canonical = bytes.toString('base64');
  if (canonical === value) return value;
  let count = 0;
  let padding = 0;
  for (let index = 0; index < value.length; index++) {
    const character = value[index] ?? '';
    if (character === '\n' || character === '\r') continue;
    const expected = character === '=' ? count % 4 >= 2 : padding === 0 && /[A-Za-z0-9+/]/.test(character);
    if (!expected) throw new ScalarError(`illegal base64 data at input byte ${index}`);
    if (character === '=') padding++;
    count++;
    if (padding > 0 && count % 4 === 0 && /[^\r\n]/.test(value.slice(index + 1))) {
      throw new ScalarError(`illegal base64 data at input byte ${index + 1}`);
    }
  }
  if (count % 4 !== 0) throw new ScalarError(`illegal base64 data at input byte ${value.length - (count % 4)}`);
  return canonical;
}
