import type { TypedLocalObjectReference } from '../core/reference.schema.ts';
import type { FieldError } from '../field-error.ts';
import { invalidFields, requiredField } from '../field-error.ts';
import { dnsSubdomainComplaints, pathSegmentComplaints } from './names.ts';

/** The faults of a reference to an object of some kind in the same namespace. */
export function validateTypedReference(
  { apiGroup, kind, name }: TypedLocalObjectReference,
  path: string,
): FieldError[] {
  return [
    ...(apiGroup === undefined ? [] : invalidFields(`${path}.apiGroup`, apiGroup, dnsSubdomainComplaints(apiGroup))),
    ...(kind === ''
      ? [requiredField(`${path}.kind`, 'kind is required')]
      : invalidFields(`${path}.kind`, kind, pathSegmentComplaints(kind))),
    ...(name === ''
      ? [requiredField(`${path}.name`, 'name is required')]
      : invalidFields(`${path}.name`, name, pathSegmentComplaints(name))),
  ];
}
