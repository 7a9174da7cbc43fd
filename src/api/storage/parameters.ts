import type { FieldError } from '../field-error.ts';
import { forbiddenField, invalidFields, requiredField, tooLongField } from '../field-error.ts';
import { semanticallyEqual } from '../validation/equality.ts';
import { qualifiedNameComplaints } from '../validation/names.ts';

type Parameters = Readonly<Record<string, string>> | undefined;

const maxCount = 512;
const maxBytes = 256 * 1024;

/** The faults of the name under which a driver is known. */
export function validateDriverName(name: string, path: string): FieldError[] {
  return name === '' ? [requiredField(path)] : invalidFields(path, name, qualifiedNameComplaints(name.toLowerCase()));
}

/** The faults of what a class tells its driver. */
export function validateParameters(parameters: Parameters, path: string): FieldError[] {
  const entries = Object.entries(parameters ?? {});
  if (entries.length > maxCount) return [tooLongField(path, maxCount)];
  const size = entries.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
  return [
    ...entries.flatMap(([key]) => (key === '' ? invalidFields(path, key, ['field can not be empty.']) : [])),
    ...(size > maxBytes ? [tooLongField(path, maxBytes)] : []),
  ];
}

/** Refuses changes of what volumes were made by. */
export function validateFixed<T>(object: T, old: T, fields: readonly (keyof T & string)[]): FieldError[] {
  return fields
    .filter((field) => !semanticallyEqual(object[field], old[field]))
    .map((field) => forbiddenField(field, `updates to ${field} are forbidden.`));
}
