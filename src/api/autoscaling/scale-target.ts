import type { FieldError } from '../field-error.ts';
import { invalidField, invalidFields, requiredField } from '../field-error.ts';
import { pathSegmentComplaints } from '../validation/names.ts';

/** The faults of a name that goes into a URL as it is. */
export function validatePathName(value: string, path: string, missing = ''): FieldError[] {
  return value === '' ? [requiredField(path, missing)] : invalidFields(path, value, pathSegmentComplaints(value));
}

/** The faults of a reference to an object whose version is found out. */
export function validateReference(
  { kind, name }: { readonly kind: string; readonly name: string },
  path: string,
): FieldError[] {
  return [...validatePathName(kind, `${path}.kind`), ...validatePathName(name, `${path}.name`)];
}

interface Bounds {
  readonly minReplicas?: number | undefined;
  readonly maxReplicas: number;
}

/** The faults of the numbers between which an autoscaler keeps the pods. */
export function validateBounds({ minReplicas, maxReplicas }: Bounds): FieldError[] {
  const path = 'spec.maxReplicas';
  return [
    ...(minReplicas !== undefined && minReplicas < 1
      ? [invalidField('spec.minReplicas', minReplicas, 'must be greater than or equal to 1')]
      : []),
    ...(maxReplicas < 1 ? [invalidField(path, maxReplicas, 'must be greater than 0')] : []),
    ...(minReplicas !== undefined && maxReplicas < minReplicas
      ? [invalidField(path, maxReplicas, 'must be greater than or equal to `minReplicas`')]
      : []),
  ];
}
