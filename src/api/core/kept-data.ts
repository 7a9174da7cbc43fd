import type { FieldError } from '../field-error.ts';
import { forbiddenField } from '../field-error.ts';
import { semanticallyEqual } from '../validation/equality.ts';

/** Refuses changes to a ConfigMap or Secret that was declared immutable, `immutable` itself included. */
export function validateKept<T extends { readonly immutable?: boolean | undefined }>(
  object: T,
  old: T,
  fields: readonly (keyof T & string)[],
): FieldError[] {
  if (old.immutable !== true) return [];
  const isSet = 'field is immutable when `immutable` is set';
  return [
    ...(object.immutable === true ? [] : [forbiddenField('immutable', isSet)]),
    ...fields
      .filter((field) => !semanticallyEqual(object[field], old[field]))
      .map((field) => forbiddenField(field, isSet)),
  ];
}
