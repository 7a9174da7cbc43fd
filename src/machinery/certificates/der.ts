/** Just enough of DER (ITU-T X.690) to write an X.509 certificate. */

function lengthBytes(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Buffer.from([0x80 | bytes.length, ...bytes]);
}

/** One element: its tag, its length, its contents. */
export function element(tag: number, ...contents: readonly Buffer[]): Buffer {
  const body = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), lengthBytes(body.length), body]);
}

export const sequence = (...items: readonly Buffer[]): Buffer => element(0x30, ...items);
export const octetString = (bytes: Buffer): Buffer => element(0x04, bytes);
export const utf8String = (text: string): Buffer => element(0x0c, Buffer.from(text, 'utf8'));
export const booleanTrue: Buffer = element(0x01, Buffer.from([0xff]));
/** A value inside `[tag]`, constructed, as EXPLICIT tagging writes it. */
export const explicit = (tag: number, ...items: readonly Buffer[]): Buffer => element(0xa0 | tag, ...items);
/** A primitive value whose own tag is replaced by `[tag]`. */
export const implicit = (tag: number, bytes: Buffer): Buffer => element(0x80 | tag, bytes);

/** A SET OF: DER wants its members in the order of their encodings. */
export const setOf = (...items: readonly Buffer[]): Buffer =>
  element(0x31, ...items.toSorted((a, b) => Buffer.compare(a, b)));

/** A non-negative integer from its big-endian bytes. */
export function unsignedInteger(bytes: Buffer): Buffer {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start += 1;
  const minimal = bytes.subarray(start);
  // A leading one bit would make it negative.
  return (minimal[0] ?? 0) >= 0x80 ? element(0x02, Buffer.from([0]), minimal) : element(0x02, minimal);
}

/** A bit string; `unused` is the number of bits of the last byte that do not count. */
export const bitString = (bytes: Buffer, unused = 0): Buffer => element(0x03, Buffer.from([unused]), bytes);

/** Named bits (KeyUsage): bit 0 is the first; DER drops the zeros behind the last one. */
export function namedBits(...bits: readonly number[]): Buffer {
  const highest = Math.max(...bits);
  const bytes = Buffer.alloc(Math.floor(highest / 8) + 1);
  for (const bit of bits) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (0x80 >> (bit & 7));
  return bitString(bytes, 7 - (highest & 7));
}

/** An object identifier written `2.5.29.19`. */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes: number[] = [];
  for (const arc of [first * 40 + second, ...rest]) {
    const groups = [arc & 0x7f];
    for (let high = Math.floor(arc / 128); high > 0; high = Math.floor(high / 128))
      groups.unshift((high & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return element(0x06, Buffer.from(bytes));
}

/** A time to the second: UTCTime up to 2049, GeneralizedTime after, as RFC 5280 section 4.1.2.5 asks. */
export function time(date: Date): Buffer {
  const digits = date.toISOString().replaceAll(/[-:T]|\.\d+/g, '');
  return date.getUTCFullYear() < 2050
    ? element(0x17, Buffer.from(digits.slice(2), 'latin1'))
    : element(0x18, Buffer.from(digits, 'latin1'));
}
