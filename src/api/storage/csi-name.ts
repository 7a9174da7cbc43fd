import type { FieldError } from '../field-error.ts';
import { invalidFields, requiredField, tooLongField } from '../field-error.ts';
import { dnsSubdomainComplaints } from '../validation/names.ts';

const maxLength = 63;

/** The faults of the name of a CSI driver, of any case. */
export function validateCsiDriverName(name: string, path: string): FieldError[] {
  if (name === '') return [requiredField(path)];
  return [
    ...(name.length > maxLength ? [tooLongField(path, maxLength)] : []),
    ...invalidFields(path, name, dnsSubdomainComplaints(name.toLowerCase())),
  ];
}
