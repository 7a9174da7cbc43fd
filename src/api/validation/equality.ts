import type { FieldError } from '../field-error.ts';
import { invalidField } from '../field-error.ts';

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && Object.values(value).every((item) => item === undefined);
}

function sameMembers(a: object, b: object): boolean {
  const left = new Map<string, unknown>(Object.entries(a));
  const right = new Map<string, unknown>(Object.entries(b));
  const keys = new Set([...left.keys(), ...right.keys()]);
  return [...keys].every((key) => semanticallyEqual(left.get(key), right.get(key)));
}

/** Deep equality in which nothing, an empty list and an empty object are the same, as upstream compares specs. */
export function semanticallyEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isEmpty(a) || isEmpty(b)) return isEmpty(a) && isEmpty(b);
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, index) => semanticallyEqual(item, b[index]));
  }
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  return sameMembers(a, b);
}

/** Refuses a changed value. */
export function validateImmutable(value: unknown, old: unknown, path: string): FieldError[] {
  return semanticallyEqual(value, old) ? [] : [invalidField(path, value, 'field is immutable')];
}
