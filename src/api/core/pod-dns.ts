import type { FieldError } from '../field-error.ts';
import { invalidField, requiredField } from '../field-error.ts';
import { validateIp } from '../validation/ip.ts';
import { dnsSubdomainComplaints } from '../validation/names.ts';
import type { HostAlias, PodSpec } from './pod-spec.schema.ts';

const maxNameservers = 3;
const maxSearches = 32;
const maxSearchLength = 2048;

/** The faults of a pod's own resolver settings. */
export function validatePodDns({ dnsPolicy, dnsConfig }: PodSpec, path: string): FieldError[] {
  const { nameservers = [], searches = [], options = [] } = dnsConfig ?? {};
  const at = `${path}.dnsConfig`;
  const errors: FieldError[] = [];
  if (dnsPolicy === 'None' && dnsConfig === undefined) {
    return [requiredField(at, 'must provide `dnsConfig` when `dnsPolicy` is None')];
  }
  if (dnsPolicy === 'None' && nameservers.length === 0) {
    errors.push(
      requiredField(`${at}.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None'),
    );
  }
  if (nameservers.length > maxNameservers) {
    const message = `must not have more than ${maxNameservers} nameservers`;
    errors.push(invalidField(`${at}.nameservers`, nameservers, message));
  }
  if (searches.length > maxSearches) {
    errors.push(invalidField(`${at}.searches`, searches, `must not have more than ${maxSearches} search paths`));
  }
  if (searches.join(' ').length > maxSearchLength) {
    const message = `must not have more than ${maxSearchLength} characters (including spaces) in the search list`;
    errors.push(invalidField(`${at}.searches`, searches, message));
  }
  return [
    ...errors,
    ...nameservers.flatMap((address, index) => validateIp(address, `${at}.nameservers[${index}]`)),
    ...searches.flatMap((search, index) => validateSearch(search, `${at}.searches[${index}]`)),
    ...options.flatMap(({ name = '' }, index) =>
      name === '' ? [requiredField(`${at}.options[${index}]`, 'must not be empty')] : [],
    ),
  ];
}

function validateSearch(search: string, path: string): FieldError[] {
  // A single dot stands for the root; underscores occur in names of services.
  if (search === '.') return [];
  const name = search.replace(/\.$/, '').replaceAll('_', '-');
  return dnsSubdomainComplaints(name).map((text) => invalidField(path, search, text));
}

/** The faults of the lines that a pod adds to its hosts file. */
export function validateHostAliases(aliases: readonly HostAlias[] | undefined, path: string): FieldError[] {
  return (aliases ?? []).flatMap(({ ip, hostnames = [] }, index) => [
    ...validateIp(ip, `${path}[${index}].ip`),
    ...hostnames.flatMap((name) =>
      dnsSubdomainComplaints(name).map((text) => invalidField(`${path}[${index}].hostnames`, name, text)),
    ),
  ]);
}
