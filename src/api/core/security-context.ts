import type { FieldError } from '../field-error.ts';
import { duplicateField, invalidField, requiredField } from '../field-error.ts';
import { validateRange } from '../validation/numbers.ts';
import type {
  AppArmorProfile,
  PodSecurityContext,
  SeccompProfile,
  SecurityContext,
} from './security-context.schema.ts';

const maxId = 2 ** 31 - 1;
const sysctlPattern = '([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const sysctlRegExp = new RegExp(`^${sysctlPattern}$`);

/** Refuses a path that leaves the directory it is relative to. */
export function validateLocalPath(value: string, path: string): FieldError[] {
  return [
    ...(value.startsWith('/') ? [invalidField(path, value, 'must be a relative path')] : []),
    ...(value.split('/').includes('..') ? [invalidField(path, value, "must not contain '..'")] : []),
  ];
}

function validateProfile(
  profile: SeccompProfile | AppArmorProfile | undefined,
  what: 'seccomp' | 'AppArmor',
  path: string,
): FieldError[] {
  if (profile === undefined) return [];
  const { type, localhostProfile } = profile;
  const at = `${path}.localhostProfile`;
  if (type !== 'Localhost') {
    const message = `can only be set when ${what} type is Localhost`;
    return localhostProfile === undefined ? [] : [invalidField(at, localhostProfile, message)];
  }
  if (localhostProfile === undefined || localhostProfile === '') {
    return [requiredField(at, `must be set when ${what} type is Localhost`)];
  }
  return what === 'seccomp' ? validateLocalPath(localhostProfile, at) : [];
}

/** The faults of a container's security context. */
export function validateSecurityContext(context: SecurityContext | undefined, path: string): FieldError[] {
  if (context === undefined) return [];
  const errors = [
    ...validateRange(context.runAsUser, 0, maxId, `${path}.runAsUser`),
    ...validateRange(context.runAsGroup, 0, maxId, `${path}.runAsGroup`),
    ...validateProfile(context.seccompProfile, 'seccomp', `${path}.seccompProfile`),
    ...validateProfile(context.appArmorProfile, 'AppArmor', `${path}.appArmorProfile`),
  ];
  if (context.allowPrivilegeEscalation === false) {
    if (context.privileged === true) {
      errors.push(
        invalidField(path, context, 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true'),
      );
    }
    if (context.capabilities?.add?.includes('CAP_SYS_ADMIN') === true) {
      const message = 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN';
      errors.push(invalidField(path, context, message));
    }
  }
  return errors;
}

function validateSysctls(context: PodSecurityContext, path: string): FieldError[] {
  const names = (context.sysctls ?? []).map(({ name }) => name);
  return names.flatMap((name, index) => {
    const at = `${path}[${index}].name`;
    if (name === '') return [requiredField(at)];
    if (name.length > 253 || !sysctlRegExp.test(name)) {
      return [invalidField(at, name, `must have at most 253 characters and match regex ^${sysctlPattern}$`)];
    }
    return names.indexOf(name) < index ? [duplicateField(at, name)] : [];
  });
}

/** Which namespace of a pod a kernel setting belongs to, of those that pods may have for themselves. */
export function sysctlNamespace(name: string): 'net' | 'ipc' | undefined {
  // Both notations are in use: `net.core.somaxconn` and `net/core/somaxconn`.
  const dotted = name.replaceAll('/', '.');
  if (dotted.startsWith('net.')) return 'net';
  const isIpc =
    ['kernel.sem', 'kernel.shm_rmid_forced'].includes(dotted) ||
    ['kernel.shm', 'kernel.msg', 'fs.mqueue.'].some((prefix) => dotted.startsWith(prefix));
  return isIpc ? 'ipc' : undefined;
}

/** The faults of a pod's security context. */
export function validatePodSecurityContext(context: PodSecurityContext | undefined, path: string): FieldError[] {
  if (context === undefined) return [];
  return [
    ...validateRange(context.fsGroup, 0, maxId, `${path}.fsGroup`),
    ...validateRange(context.runAsUser, 0, maxId, `${path}.runAsUser`),
    ...validateRange(context.runAsGroup, 0, maxId, `${path}.runAsGroup`),
    ...(context.supplementalGroups ?? []).flatMap((group, index) =>
      validateRange(group, 0, maxId, `${path}.supplementalGroups[${index}]`),
    ),
    ...validateSysctls(context, `${path}.sysctls`),
    ...validateProfile(context.seccompProfile, 'seccomp', `${path}.seccompProfile`),
    ...validateProfile(context.appArmorProfile, 'AppArmor', `${path}.appArmorProfile`),
  ];
}
