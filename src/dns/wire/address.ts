import { isIPv4, isIPv6 } from 'node:net';

/** The 4 or 16 bytes of an address; undefined for text that is none. Zones (`%eth0`) are not taken. */
export function addressBytes(text: string): Uint8Array | undefined {
  if (isIPv4(text)) return Uint8Array.from(text.split('.'), Number);
  if (!isIPv6(text) || text.includes('%')) return undefined;
  const lastColon = text.lastIndexOf(':');
  const embedded = text.includes('.') ? addressBytes(text.slice(lastColon + 1)) : undefined;
  const groupsText =
    embedded === undefined ? text : `${text.slice(0, lastColon)}:${hex16(embedded, 0)}:${hex16(embedded, 2)}`;
  const [head = '', tail] = groupsText.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups = [...left, ...Array.from({ length: 8 - left.length - right.length }, () => '0'), ...right];
  return Uint8Array.from(
    groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]),
  );
}

function hex16(bytes: Uint8Array, at: number): string {
  return (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)).toString(16);
}

/** One text for each address, however it was written: IPv4 dotted, IPv6 as 32 digits. */
export function addressKey(address: string): string {
  if (!address.includes(':')) return address;
  const bytes = addressBytes(address);
  return bytes === undefined ? address : Buffer.from(bytes).toString('hex');
}

/** The key (see `addressKey`) of the address that a name under `in-addr.arpa` or `ip6.arpa` stands for. */
export function reverseAddressKey(name: string): string | undefined {
  if (name.endsWith('.in-addr.arpa')) {
    const address = name.slice(0, -'.in-addr.arpa'.length).split('.').reverse().join('.');
    return isIPv4(address) ? address : undefined;
  }
  if (!name.endsWith('.ip6.arpa')) return undefined;
  const digits = name.slice(0, -'.ip6.arpa'.length).split('.');
  return digits.length === 32 && digits.every((digit) => /^[0-9a-f]$/.test(digit))
    ? digits.reverse().join('')
    : undefined;
}

/** Whether a name lies under one of the two trees of addresses. */
export function isReverseName(name: string): boolean {
  return name.endsWith('.in-addr.arpa') || name.endsWith('.ip6.arpa');
}
