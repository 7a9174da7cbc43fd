import type { FieldError } from '../field-error.ts';
import { forbiddenField, invalidField, notFoundField, notSupportedField, requiredField } from '../field-error.ts';
import type { Container, VolumeMount } from './container.schema.ts';
import { validateLocalPath } from './security-context.ts';
import type { Volume } from './volume.schema.ts';

interface MountContext {
  readonly container: Container;
  readonly volumes: readonly Volume[];
}

function validateMount(mount: VolumeMount, { container, volumes }: MountContext, path: string): FieldError[] {
  const { name, mountPath, subPath = '', subPathExpr = '', mountPropagation } = mount;
  const errors: FieldError[] = [];
  if (name === '') errors.push(requiredField(`${path}.name`));
  else if (!volumes.some((volume) => volume.name === name)) errors.push(notFoundField(`${path}.name`, name));
  if (mountPath === '') errors.push(requiredField(`${path}.mountPath`));
  if (subPath !== '') errors.push(...validateLocalPath(subPath, `${path}.subPath`));
  if (subPathExpr !== '') {
    if (subPath !== '') {
      errors.push(invalidField(`${path}.subPathExpr`, subPathExpr, 'subPathExpr and subPath are mutually exclusive'));
    }
    errors.push(...validateLocalPath(subPathExpr, `${path}.subPathExpr`));
  }
  if (mountPropagation === 'Bidirectional' && container.securityContext?.privileged !== true) {
    const message = 'Bidirectional mount propagation is available only to privileged containers';
    errors.push(forbiddenField(`${path}.mountPropagation`, message));
  }
  return [...errors, ...validateRecursive(mount, `${path}.recursiveReadOnly`)];
}

const recursions = ['Disabled', 'Enabled', 'IfPossible'];

/** Mounts below a mount are read-only with it only where nothing is mounted later. */
function validateRecursive({ recursiveReadOnly, readOnly, mountPropagation }: VolumeMount, path: string): FieldError[] {
  if (recursiveReadOnly === undefined || recursiveReadOnly === 'Disabled') return [];
  if (!recursions.includes(recursiveReadOnly)) return [notSupportedField(path, recursiveReadOnly, recursions)];
  return [
    ...(readOnly === true ? [] : [forbiddenField(path, 'may only be specified when readOnly is true')]),
    ...(mountPropagation === undefined || mountPropagation === 'None'
      ? []
      : [forbiddenField(path, 'may only be specified when mountPropagation is None or not specified')]),
  ];
}

/** The faults of a container's mounts: unknown volumes, the same path twice, paths that lead elsewhere. */
export function validateVolumeMounts(context: MountContext, path: string): FieldError[] {
  const mounts = context.container.volumeMounts ?? [];
  const paths = mounts.map(({ mountPath }) => mountPath);
  return mounts.flatMap((mount, index) => {
    const errors = validateMount(mount, context, `${path}[${index}]`);
    const repeated = mount.mountPath !== '' && paths.indexOf(mount.mountPath) < index;
    return repeated
      ? [...errors, invalidField(`${path}[${index}].mountPath`, mount.mountPath, 'must be unique')]
      : errors;
  });
}

/** The faults of a container's raw devices. */
export function validateVolumeDevices({ container, volumes }: MountContext, path: string): FieldError[] {
  const devices = container.volumeDevices ?? [];
  const paths = devices.map(({ devicePath }) => devicePath);
  return devices.flatMap(({ name, devicePath }, index) => {
    const at = `${path}[${index}]`;
    const errors: FieldError[] = [];
    const volume = volumes.find((candidate) => candidate.name === name);
    if (name === '') errors.push(requiredField(`${at}.name`));
    else if (volume === undefined) errors.push(notFoundField(`${at}.name`, name));
    else if (volume.persistentVolumeClaim === undefined && volume.ephemeral === undefined) {
      const message = 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode';
      errors.push(invalidField(`${at}.name`, name, message));
    }
    if (devicePath === '') errors.push(requiredField(`${at}.devicePath`));
    else if (devicePath.split('/').includes('..')) {
      errors.push(invalidField(`${at}.devicePath`, devicePath, 'can not contain backsteps'));
    } else if (paths.indexOf(devicePath) < index) {
      errors.push(invalidField(`${at}.devicePath`, devicePath, 'must be unique'));
    }
    return errors;
  });
}
