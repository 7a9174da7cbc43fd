import { isCidr, ipFamily } from '../../api/validation/ip.ts';
import { dnsLabelComplaints, dnsSubdomainComplaints } from '../../api/validation/names.ts';

type FormatTest = (text: string) => boolean;

const matching =
  (pattern: RegExp): FormatTest =>
  (text) =>
    pattern.test(text);

const email = /^[^\s@<>,;"]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/;
const hostLabel = /^[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/;
const uuid = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const durationUnits = 'nanoseconds?|nanos?|nsec|ns|microseconds?|micros?|usec|us|µs|milliseconds?|millis?|msec|ms';
const longUnits = 'seconds?|sec|s|minutes?|min|m|hours?|hrs?|h|days?|d|weeks?|wks?|w';
const goDuration =
  /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h)(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))*$/;
const wordDuration = new RegExp(`^(?:\\s*\\d+\\s*(?:${durationUnits}|${longUnits}))+$`, 'i');

function isHostname(text: string): boolean {
  return (
    text.length <= 253 &&
    text !== '' &&
    text
      .replace(/\.$/, '')
      .split('.')
      .every((part) => hostLabel.test(part))
  );
}

function isUri(text: string): boolean {
  // Either absolute, or a path that begins at the root.
  return text.startsWith('/') || URL.canParse(text);
}

function isDate(text: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (match === null) return false;
  const [, year = '', month = '', day = ''] = match;
  const lastDay = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  return Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= lastDay;
}

function isDateTime(text: string): boolean {
  const match = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?:[Zz]|[+-]\d{2}:?\d{2})?$/.exec(text);
  if (match === null) return false;
  const [, date = '', hour, minute, second] = match;
  return isDate(date) && Number(hour) <= 23 && Number(minute) <= 59 && Number(second) <= 60;
}

/** A span as Go writes it (`1h30m`), or in words (`3 days`). */
export const isDuration = (text: string): boolean => text === '0' || goDuration.test(text) || wordDuration.test(text);

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

function hasLuhnDigit(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits[digits.length - 1 - index]);
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

function isIsbn10(text: string): boolean {
  const digits = text.replaceAll(/[- ]/g, '');
  if (!/^\d{9}[\dX]$/.test(digits)) return false;
  const sum = Array.from(digits).reduce((total, digit, index) => {
    return total + (10 - index) * (digit === 'X' ? 10 : Number(digit));
  }, 0);
  return sum % 11 === 0;
}

function isIsbn13(text: string): boolean {
  const digits = text.replaceAll(/[- ]/g, '');
  if (!/^\d{13}$/.test(digits)) return false;
  return (
    Array.from(digits).reduce((sum, digit, index) => sum + Number(digit) * (index % 2 === 0 ? 1 : 3), 0) % 10 === 0
  );
}

function isCreditCard(text: string): boolean {
  const digits = text.replaceAll(/[- ]/g, '');
  return /^\d{13,19}$/.test(digits) && hasLuhnDigit(digits);
}

const mac = /^(?:[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4,6}[0-9A-Fa-f]{2}|(?:[0-9A-Fa-f]{4}\.){2,3}[0-9A-Fa-f]{4})$/;
const uuidVersion = (version: number): FormatTest =>
  matching(new RegExp(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$`, 'i'));

/**
 * The formats that texts are held to; any other is advice.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation
 */
const formats: Readonly<Record<string, FormatTest>> = {
  bsonobjectid: matching(/^[0-9a-f]{24}$/i),
  uri: isUri,
  email: matching(email),
  hostname: isHostname,
  ipv4: (text) => ipFamily(text) === 'IPv4',
  ipv6: (text) => ipFamily(text) === 'IPv6',
  cidr: isCidr,
  mac: matching(mac),
  uuid: matching(uuid),
  uuid3: uuidVersion(3),
  uuid4: uuidVersion(4),
  uuid5: uuidVersion(5),
  isbn: (text) => isIsbn10(text) || isIsbn13(text),
  isbn10: isIsbn10,
  isbn13: isIsbn13,
  creditcard: isCreditCard,
  ssn: matching(/^\d{3}[- ]?\d{2}[- ]?\d{4}$/),
  hexcolor: matching(/^#?(?:[0-9a-f]{3}|[0-9a-f]{6})$/i),
  rgbcolor: matching(/^rgb\(\s*(?:(?:\d{1,2}|1\d\d|2[0-4]\d|25[0-5])\s*(?:,\s*(?!\))|(?=\)))){3}\)$/),
  byte: isBase64,
  password: () => true,
  date: isDate,
  duration: isDuration,
  datetime: isDateTime,
  'date-time': isDateTime,
  'k8s-short-name': (text) => dnsLabelComplaints(text).length === 0,
  'k8s-long-name': (text) => dnsSubdomainComplaints(text).length === 0,
};

/** True when a text has a format, or the format is not one that is checked. */
export function hasFormat(format: string, text: string): boolean {
  return !Object.hasOwn(formats, format) || formats[format]?.(text) === true;
}
