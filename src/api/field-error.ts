/** The reasons upstream's field errors carry, as they appear in `details.causes[].reason`. */
export type FieldErrorType =
  | 'FieldValueRequired'
  | 'FieldValueInvalid'
  | 'FieldValueNotSupported'
  | 'FieldValueForbidden'
  | 'FieldValueDuplicate'
  | 'FieldValueTooLong'
  | 'FieldValueTooMany'
  | 'FieldValueTypeInvalid'
  | 'FieldValueNotFound'
  | 'InternalError';

/** One fault of an object; `message` is what upstream prints behind `field: `. */
export interface FieldError {
  readonly type: FieldErrorType;
  /** E.g. `spec.containers[0].image`. */
  readonly field: string;
  readonly message: string;
}

/** A Go-like rendering of a value, as upstream quotes it in messages. */
function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  // Go's field errors put the word for nothing in quotes, too.
  if (value === null || value === undefined) return '"null"';
  return typeof value === 'object' ? JSON.stringify(value) : `${value as number | boolean}`;
}

export const requiredField = (field: string, detail = ''): FieldError => ({
  type: 'FieldValueRequired',
  field,
  message: detail === '' ? 'Required value' : `Required value: ${detail}`,
});
export const invalidField = (field: string, value: unknown, detail: string): FieldError => ({
  type: 'FieldValueInvalid',
  field,
  message: detail === '' ? `Invalid value: ${show(value)}` : `Invalid value: ${show(value)}: ${detail}`,
});
/** One fault for each complaint about a value. */
export const invalidFields = (field: string, value: unknown, complaints: readonly string[]): FieldError[] =>
  complaints.map((detail) => invalidField(field, value, detail));
/** Of something that is invalid as a whole, and too large to be shown. */
export const invalidWhole = (field: string, detail: string): FieldError => ({
  type: 'FieldValueInvalid',
  field,
  message: `Invalid value: ${detail}`,
});
export const notSupportedField = (field: string, value: unknown, supported: readonly string[]): FieldError => ({
  type: 'FieldValueNotSupported',
  field,
  message: `Unsupported value: ${show(value)}: supported values: ${supported.map((item) => JSON.stringify(item)).join(', ')}`,
});
export const forbiddenField = (field: string, detail: string): FieldError => ({
  type: 'FieldValueForbidden',
  field,
  message: `Forbidden: ${detail}`,
});
export const duplicateField = (field: string, value: unknown): FieldError => ({
  type: 'FieldValueDuplicate',
  field,
  message: `Duplicate value: ${show(value)}`,
});
export const tooLongField = (field: string, max: number): FieldError => ({
  type: 'FieldValueTooLong',
  field,
  message: `Too long: may not be more than ${max} bytes`,
});
export const notFoundField = (field: string, value: unknown): FieldError => ({
  type: 'FieldValueNotFound',
  field,
  message: `Not found: ${show(value)}`,
});
export const tooManyField = (field: string, actual: number, max: number): FieldError => ({
  type: 'FieldValueTooMany',
  field,
  message: `Too many: ${actual}: must have at most ${max} items`,
});
