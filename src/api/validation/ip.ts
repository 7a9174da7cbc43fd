import { isIPv4, isIPv6 } from 'node:net';
import type { FieldError } from '../field-error.ts';
import { invalidField } from '../field-error.ts';

const notAnAddress = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
const notARange = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';

/** The family of an address in its canonical notation, or undefined where it is none. */
export function ipFamily(value: string): 'IPv4' | 'IPv6' | undefined {
  if (isIPv4(value)) return 'IPv4';
  // Zones (`%eth0`) mean something on one machine only.
  return isIPv6(value) && !value.includes('%') ? 'IPv6' : undefined;
}

/** Refuses what is no IP address. */
export function validateIp(value: string, path: string): FieldError[] {
  return ipFamily(value) === undefined ? [invalidField(path, value, notAnAddress)] : [];
}

/** True for `address/length`, with a length that the family allows. */
export function isCidr(value: string): boolean {
  const [address = '', length = '', ...rest] = value.split('/');
  const family = ipFamily(address);
  if (family === undefined || rest.length > 0 || !/^(0|[1-9][0-9]{0,2})$/.test(length)) return false;
  return Number(length) <= (family === 'IPv4' ? 32 : 128);
}

/** Refuses what is no address range. */
export function validateCidr(value: string, path: string): FieldError[] {
  return isCidr(value) ? [] : [invalidField(path, value, notARange)];
}

/** Refuses addresses that can mean no endpoint elsewhere: unspecified, loopback, link-local. */
export function validateNonSpecialIp(value: string, path: string): FieldError[] {
  const address = value.toLowerCase();
  if (address === '0.0.0.0' || address === '::') {
    return [invalidField(path, value, 'may not be unspecified (0.0.0.0 or ::)')];
  }
  if (address.startsWith('127.') || address === '::1') {
    return [invalidField(path, value, 'may not be in the loopback range (127.0.0.0/8, ::1/128)')];
  }
  if (address.startsWith('169.254.') || /^fe[89ab]/.test(address)) {
    return [invalidField(path, value, 'may not be in the link-local range (169.254.0.0/16, fe80::/10)')];
  }
  if (address.startsWith('224.0.0.') || address.startsWith('ff02:')) {
    return [invalidField(path, value, 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)')];
  }
  return [];
}
