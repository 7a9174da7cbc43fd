import type { FieldError } from '../field-error.ts';
import { invalidField, requiredField } from '../field-error.ts';
import { dnsSubdomainComplaints, regexComplaint } from './names.ts';

const pathPattern = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
const pathRegExp = new RegExp(`^${pathPattern}$`);

/** Refuses what is no `example.com/path`, the form in which controllers name themselves. */
export function validateDomainPrefixedPath(value: string, path: string): FieldError[] {
  if (value === '') return [requiredField(path)];
  const slash = value.indexOf('/');
  if (slash <= 0 || slash === value.length - 1) {
    return [invalidField(path, value, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  }
  const [host, rest] = [value.slice(0, slash), value.slice(slash + 1)];
  const errors = dnsSubdomainComplaints(host).map((text) => invalidField(path, host, text));
  if (!pathRegExp.test(rest)) errors.push(invalidField(path, rest, regexComplaint('Invalid path', pathPattern)));
  return errors;
}
