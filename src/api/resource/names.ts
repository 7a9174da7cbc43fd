import type { FieldError } from '../field-error.ts';
import { invalidField, invalidFields, requiredField, tooLongField } from '../field-error.ts';
import { validateCsiDriverName } from '../storage/csi-name.ts';
import { dnsLabelComplaints, dnsSubdomainComplaints, regexComplaint } from '../validation/names.ts';

const maxPoolName = 253;
const maxIdentifier = 32;

/** The faults of the name of a driver of devices. */
export const validateDriverName = validateCsiDriverName;

/** The faults of the name of a device, a request or a counter: a DNS label. */
export const validateLabelled = (name: string, path: string): FieldError[] =>
  invalidFields(path, name, dnsLabelComplaints(name));

/** The faults of the name of a pool: DNS subdomains, divided by slashes. */
export function validatePoolName(name: string, path: string): FieldError[] {
  if (name === '') return [requiredField(path)];
  return [
    ...(name.length > maxPoolName ? [tooLongField(path, maxPoolName)] : []),
    ...name.split('/').flatMap((part) => invalidFields(path, part, dnsSubdomainComplaints(part))),
  ];
}

function validateIdentifier(id: string, path: string): FieldError[] {
  return [
    ...(id.length > maxIdentifier ? [tooLongField(path, maxIdentifier)] : []),
    ...(/^[A-Za-z_][A-Za-z0-9_]*$/.test(id)
      ? []
      : [
          invalidField(
            path,
            id,
            regexComplaint(
              "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'",
              '[A-Za-z_][A-Za-z0-9_]*',
              'my_name',
              'MY_NAME',
              'MyName',
            ),
          ),
        ]),
  ];
}

/** The faults of the name of an attribute or a capacity: `name`, or `domain/name`. */
export function validateQualifiedName(name: string, path: string): FieldError[] {
  const [first = '', second, ...more] = name.split('/');
  // Upstream says nothing of more than one slash here, and a name like that is never found.
  if (more.length > 0) return [];
  if (second === undefined) return validateIdentifier(first, path);
  return [
    ...(first === '' ? [invalidField(path, '', 'the domain must not be empty')] : validateDriverName(first, path)),
    ...(second === '' ? [invalidField(path, '', 'the name must not be empty')] : validateIdentifier(second, path)),
  ];
}

/** The faults of the name of an attribute that has to name its domain. */
export function validateFullyQualifiedName(name: string, path: string): FieldError[] {
  const detail = 'a fully qualified name must be a domain and a name separated by a slash';
  return [...validateQualifiedName(name, path), ...(name.includes('/') ? [] : [invalidField(path, name, detail)])];
}

/** The faults of the id by which one share of a device is told from others. */
export function validateShareId(id: string | undefined, path: string): FieldError[] {
  if (id === undefined || /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) return [];
  return [
    invalidField(
      path,
      id,
      'uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase hexadecimal characters',
    ),
  ];
}
