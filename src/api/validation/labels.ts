import type { FieldError } from '../field-error.ts';
import { invalidField, tooLongField } from '../field-error.ts';
import { labelValueComplaints, qualifiedNameComplaints } from './names.ts';

type Strings = Readonly<Record<string, string>>;

/** All annotations of an object together, keys and values. */
const maxAnnotationBytes = 256 * 1024;

/** Refuses a key that no label may have. */
export function validateLabelName(key: string, path: string): FieldError[] {
  return qualifiedNameComplaints(key).map((text) => invalidField(path, key, text));
}

/** Refuses labels with a bad key or value. */
export function validateLabels(labels: Strings | undefined, path: string): FieldError[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...validateLabelName(key, path),
    ...labelValueComplaints(value).map((text) => invalidField(path, value, text)),
  ]);
}

/** Refuses annotations with a bad key, and too much of them. */
export function validateAnnotations(annotations: Strings | undefined, path: string): FieldError[] {
  const entries = Object.entries(annotations ?? {});
  const errors = entries.flatMap(([key]) =>
    qualifiedNameComplaints(key.toLowerCase()).map((text) => invalidField(path, key, text)),
  );
  const size = entries.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
  return size > maxAnnotationBytes ? [...errors, tooLongField(path, maxAnnotationBytes)] : errors;
}
