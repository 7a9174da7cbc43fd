import { isIPv4 } from 'node:net';

/** An IPv4 range as numbers. */
export interface Range {
  readonly base: number;
  readonly bits: number;
}

/** The number that an IPv4 address stands for; throws a RangeError for anything else. */
export function addressNumber(ip: string): number {
  if (!isIPv4(ip)) throw new RangeError(`not an IPv4 address: ${JSON.stringify(ip)}`);
  return ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** Reads `10.0.0.0/8` or a single address; undefined for anything else, IPv6 included. */
export function parseRange(text: string): Range | undefined {
  const [ip = '', suffix, ...rest] = text.trim().split('/');
  if (!isIPv4(ip) || rest.length > 0) return undefined;
  if (suffix !== undefined && !/^(?:[0-9]|[12][0-9]|3[0-2])$/.test(suffix)) return undefined;
  const bits = suffix === undefined ? 32 : Number(suffix);
  const size = 2 ** (32 - bits);
  return { base: Math.floor(addressNumber(ip) / size) * size, bits };
}

/** The range in the notation that nft and iproute2 read, its host bits cleared. */
export function formatRange({ base, bits }: Range): string {
  const ip = [24, 16, 8, 0].map((shift) => Math.floor(base / 2 ** shift) % 256).join('.');
  return bits === 32 ? ip : `${ip}/${bits}`;
}

/** The dotted form of a number. */
export function addressText(number: number): string {
  return formatRange({ base: number, bits: 32 });
}

/** As `parseRange`, for what must be a range; throws a RangeError that quotes what is not. */
export function rangeOf(text: string): Range {
  const range = parseRange(text);
  if (range === undefined) throw new RangeError(`not an IPv4 range: ${JSON.stringify(text)}`);
  return range;
}

/** Whether two ranges have an address in common. */
export function overlaps(a: Range, b: Range): boolean {
  return a.base < b.base + 2 ** (32 - b.bits) && b.base < a.base + 2 ** (32 - a.bits);
}

/** Whether an address lies in one of the ranges. */
export function inRanges(ip: string, ranges: readonly string[]): boolean {
  const number = addressNumber(ip);
  return ranges.some((text) => {
    const range = parseRange(text);
    return range !== undefined && number >= range.base && number < range.base + 2 ** (32 - range.bits);
  });
}

/** Whether a number can be a port that packets are sent to. */
export function isPort(port: number | undefined): port is number {
  return port !== undefined && Number.isInteger(port) && port >= 1 && port <= 65_535;
}

/** The valid IPv4 ranges among texts, canonical and without duplicates; nft refuses overlaps, so contained ones go. */
export function canonicalRanges(texts: readonly string[]): string[] {
  const ranges = texts.map(parseRange).filter((range) => range !== undefined);
  ranges.sort((a, b) => a.bits - b.bits || a.base - b.base);
  const kept: Range[] = [];
  for (const range of ranges) {
    const covered = kept.some((wide) => range.base >= wide.base && range.base < wide.base + 2 ** (32 - wide.bits));
    if (!covered) kept.push(range);
  }
  return kept.toSorted((a, b) => a.base - b.base).map(formatRange);
}
