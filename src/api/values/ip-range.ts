import { isIPv4, isIPv6 } from 'node:net';

/** An address as a number. */
export interface IpAddress {
  readonly family: 'IPv4' | 'IPv6';
  readonly bits: bigint;
}

/** `address/length`; the address may have bits set behind the prefix. */
export interface IpRange extends IpAddress {
  readonly length: number;
}

const width = ({ family }: IpAddress): number => (family === 'IPv4' ? 32 : 128);

function parseIPv4(text: string): bigint {
  return text.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n);
}

function parseIPv6(text: string): bigint {
  // The last two groups may stand as an IPv4 address.
  const groups = text.replace(/[0-9]+(?:\.[0-9]+){3}$/, (quad) => {
    const bits = parseIPv4(quad);
    return `${(bits >> 16n).toString(16)}:${(bits & 0xffffn).toString(16)}`;
  });
  const [head = '', tail] = groups.split('::');
  const list = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const [before, after] = [list(head), list(tail ?? '')];
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after].reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n);
}

/** Reads an address in its usual notations, or gives undefined. */
export function parseIp(text: string): IpAddress | undefined {
  if (isIPv4(text)) return { family: 'IPv4', bits: parseIPv4(text) };
  // Zones (`%eth0`) mean something on one machine only.
  return isIPv6(text) && !text.includes('%') ? { family: 'IPv6', bits: parseIPv6(text) } : undefined;
}

/** The longest run of zero groups, of two at least, as RFC 5952 shortens it. */
function longestZeros(groups: readonly string[]): { readonly start: number; readonly count: number } {
  let best = { start: 0, count: 1 };
  let start = 0;
  for (const [index, group] of groups.entries()) {
    if (group !== '0') start = index + 1;
    else if (index + 1 - start > best.count) best = { start, count: index + 1 - start };
  }
  return best;
}

/** The one canonical notation of an address (RFC 5952 for IPv6). */
export function formatIp({ family, bits }: IpAddress): string {
  if (family === 'IPv4') return [24n, 16n, 8n, 0n].map((shift) => String((bits >> shift) & 255n)).join('.');
  // IPv4 in IPv6 keeps its dots.
  if (bits >> 32n === 0xffffn) return `::ffff:${formatIp({ family: 'IPv4', bits: bits & 0xffff_ffffn })}`;
  const groups = Array.from({ length: 8 }, (_, index) => ((bits >> BigInt(112 - 16 * index)) & 0xffffn).toString(16));
  const { start, count } = longestZeros(groups);
  if (count < 2) return groups.join(':');
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + count).join(':')}`;
}

/** Reads `address/length`, or gives undefined. */
export function parseRange(text: string): IpRange | undefined {
  const [address = '', length = '', ...rest] = text.split('/');
  const ip = parseIp(address);
  if (ip === undefined || rest.length > 0 || !/^(0|[1-9][0-9]{0,2})$/.test(length)) return undefined;
  return Number(length) <= width(ip) ? { ...ip, length: Number(length) } : undefined;
}

const prefix = (ip: IpAddress, length: number): bigint => ip.bits >> BigInt(width(ip) - length);

/** True when an address, or all of another range, lies in the range. */
export function rangeContains(range: IpRange, ip: IpAddress | IpRange): boolean {
  if (range.family !== ip.family || ('length' in ip && ip.length < range.length)) return false;
  return prefix(range, range.length) === prefix(ip, range.length);
}

/** True for a range written with its first address, as `10.0.0.0/8` is and `10.0.0.1/8` is not. */
export function isNetwork(range: IpRange): boolean {
  const free = BigInt(width(range) - range.length);
  return prefix(range, range.length) << free === range.bits;
}
