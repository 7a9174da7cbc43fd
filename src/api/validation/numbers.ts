import type { FieldError } from '../field-error.ts';
import { invalidField } from '../field-error.ts';
import { dnsLabelComplaints, portNameComplaints, regexComplaint } from './names.ts';

/** Upstream's wording for a number outside its range. */
export const rangeComplaint = (low: number, high: number): string => `must be between ${low} and ${high}, inclusive`;
export const notNegative = 'must be greater than or equal to 0';

/** Refuses a number below zero; a missing one passes. */
export function validateNonNegative(value: number | undefined, path: string): FieldError[] {
  return value !== undefined && value < 0 ? [invalidField(path, value, notNegative)] : [];
}

/** Refuses a number outside `low` to `high`; a missing one passes. */
export function validateRange(value: number | undefined, low: number, high: number, path: string): FieldError[] {
  if (value === undefined || (value >= low && value <= high)) return [];
  return [invalidField(path, value, rangeComplaint(low, high))];
}

/** Refuses what is no port number. */
export const validatePort = (value: number, path: string): FieldError[] => validateRange(value, 1, 65535, path);

/** Refuses what is neither a port number nor a valid port name. */
export function validatePortOrName(value: number | string, path: string): FieldError[] {
  if (typeof value === 'number') return validatePort(value, path);
  return portNameComplaints(value).map((text) => invalidField(path, value, text));
}

/** Refuses a Service port's name that is no DNS label. */
export function validateDnsLabel(value: string, path: string): FieldError[] {
  return dnsLabelComplaints(value).map((text) => invalidField(path, value, text));
}

const percent = /^[0-9]+%$/;

/** Refuses what is neither a whole number that is not negative nor a percentage such as `25%`. */
export function validateNumberOrPercent(value: number | string, path: string): FieldError[] {
  if (typeof value === 'number') return validateNonNegative(value, path);
  if (percent.test(value)) return [];
  return [
    invalidField(
      path,
      value,
      regexComplaint(
        "a valid percent string must be a numeric string followed by an ending '%'",
        '[0-9]+%',
        '1%',
        '93%',
      ),
    ),
  ];
}

/** Refuses a percentage above 100; a number passes. */
export function validateNotMoreThan100Percent(value: number | string, path: string): FieldError[] {
  if (typeof value === 'number' || !percent.test(value) || Number.parseInt(value, 10) <= 100) return [];
  return [invalidField(path, value, 'must not be greater than 100%')];
}

/** The number in front of `%`, or the number itself. */
export const numberOrPercentValue = (value: number | string): number =>
  typeof value === 'number' ? value : Number.parseInt(value, 10);
