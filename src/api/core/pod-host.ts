import type { FieldError } from '../field-error.ts';
import {
  forbiddenField,
  invalidField,
  invalidFields,
  notSupportedField,
  requiredField,
  tooLongField,
} from '../field-error.ts';
import { dnsSubdomainComplaints } from '../validation/names.ts';
import type { PodSpec } from './pod-spec.schema.ts';
import { sysctlNamespace } from './security-context.ts';

const sharedWithHost = { hostNetwork: 'hostNetwork', hostPID: 'HostPID', hostIPC: 'HostIPC' } as const;

/** The faults of what a pod shares with its host, which leaves no room for settings, or users, of its own. */
export function validateHostAccess(spec: PodSpec, path: string): FieldError[] {
  const { hostNetwork = false, hostIPC = false, hostUsers = true, securityContext } = spec;
  const users = hostUsers
    ? []
    : (['hostNetwork', 'hostPID', 'hostIPC'] as const)
        .filter((field) => spec[field] === true)
        .map((field) => forbiddenField(`${path}.${sharedWithHost[field]}`, 'when `hostUsers` is false'));
  const settings = (securityContext?.sysctls ?? []).flatMap(({ name }, index) => {
    const namespace = sysctlNamespace(name);
    const field = hostNetwork && namespace === 'net' ? 'hostNetwork' : hostIPC && namespace === 'ipc' ? 'hostIPC' : '';
    const at = `${path}.securityContext.sysctls[${index}].name`;
    return field === '' ? [] : [invalidField(at, name, `may not be specified when '${field}' is true`)];
  });
  return [...users, ...settings];
}

/** Linux takes no longer name for a machine. */
const maxHostnameLength = 64;

/** The faults of a host name that stands in for the one that the pod's other fields make. */
export function validateHostnameOverride(spec: PodSpec, path: string): FieldError[] {
  const { hostnameOverride, setHostnameAsFQDN = false, hostNetwork = false } = spec;
  if (hostnameOverride === undefined) return [];
  const at = `${path}.hostnameOverride`;
  return [
    ...(setHostnameAsFQDN ? [forbiddenField(at, 'may not be specified when setHostnameAsFQDN is true')] : []),
    ...(hostNetwork ? [forbiddenField(at, 'may not be specified when hostNetwork is true')] : []),
    ...(hostnameOverride.length > maxHostnameLength ? [tooLongField(at, maxHostnameLength)] : []),
    ...invalidFields(at, hostnameOverride, dnsSubdomainComplaints(hostnameOverride)),
  ];
}

const systems = ['linux', 'windows'];

/** The faults of the system that a pod is for. */
export function validateOs({ os, securityContext }: PodSpec, path: string): FieldError[] {
  if (os === undefined) return [];
  if (os.name === '') return [requiredField(`${path}.os.name`, 'cannot be empty')];
  if (!systems.includes(os.name)) return [notSupportedField(`${path}.os.name`, os.name, systems)];
  return os.name === 'linux' && securityContext?.windowsOptions !== undefined
    ? [forbiddenField(`${path}.securityContext.windowsOptions`, 'windows options cannot be set for a linux pod')]
    : [];
}
