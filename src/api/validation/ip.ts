import type { FieldError } from '../field-error.ts';
import { invalidField } from '../field-error.ts';
import { formatIp, parseIp, parseRange } from '../values/ip-range.ts';
import type { Complaints } from './names.ts';

const notAnAddress = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
const notARange = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';

/** The family of an address in its canonical notation, or undefined where it is none. */
export const ipFamily = (value: string): 'IPv4' | 'IPv6' | undefined => parseIp(value)?.family;

/** Refuses what is no IP address. */
export function validateIp(value: string, path: string): FieldError[] {
  return ipFamily(value) === undefined ? [invalidField(path, value, notAnAddress)] : [];
}

/** True for `address/length`, with a length that the family allows. */
export const isCidr = (value: string): boolean => parseRange(value) !== undefined;

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

/** What is wrong with an address as the name of an object: it may be written in one way only. */
export function ipNameComplaints(value: string): Complaints {
  const address = parseIp(value);
  if (address === undefined) return [`ParseAddr(${JSON.stringify(value)}): unable to parse IP`];
  return formatIp(address) === value ? [] : ['must be a canonical format IP address'];
}
