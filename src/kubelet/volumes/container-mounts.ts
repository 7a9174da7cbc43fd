import { isAbsolute, join } from 'node:path';
import type { Container, VolumeMount } from '../../api/core/container.schema.ts';
import { expandStrictly } from '../environment/expand.ts';
import type { PreparedVolume } from './context.ts';
import { VolumeFault } from './fault.ts';
import { subPathDirectory } from './paths.ts';
import { bindSubPath } from './sub-path.ts';
import type { ContainerDevice, ContainerMount, MountPropagation } from './types.ts';
import { VolumeError } from './types.ts';

const propagations: Readonly<Record<string, MountPropagation>> = {
  None: 'private',
  HostToContainer: 'hostToContainer',
  Bidirectional: 'bidirectional',
};

export interface MountInput {
  readonly podDirectory: string;
  readonly container: Container;
  readonly volumes: ReadonlyMap<string, PreparedVolume>;
  readonly environment: ReadonlyMap<string, string>;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The path in the volume that a mount shows, relative; empty for all of it. Throws VolumeError. */
export function subPathOf(mount: VolumeMount, environment: ReadonlyMap<string, string>): string {
  const { name, subPath = '', subPathExpr = '' } = mount;
  const refuse = (message: string, cause?: unknown): VolumeError =>
    new VolumeError('Refused', name, message, { cause });
  let path = subPath;
  if (subPathExpr !== '') {
    try {
      path = expandStrictly(subPathExpr, environment);
    } catch (error) {
      throw refuse(messageOf(error), error);
    }
  }
  if (isAbsolute(path)) throw refuse(`error SubPath ${JSON.stringify(path)} must not be an absolute path`);
  if (path.split('/').includes('..')) {
    throw refuse(`unable to provision SubPath ${JSON.stringify(path)}: must not contain '..'`);
  }
  return path;
}

/** The mounts of one container, in the order of its volumeMounts; sub paths are bound below the pod's folder first. */
export async function containerMounts(input: MountInput): Promise<ContainerMount[]> {
  const result: ContainerMount[] = [];
  for (const [index, mount] of (input.container.volumeMounts ?? []).entries()) {
    result.push(await oneMount(input, mount, index));
  }
  return result;
}

async function oneMount(input: MountInput, mount: VolumeMount, index: number): Promise<ContainerMount> {
  const { container, environment, podDirectory, volumes } = input;
  const { name, mountPath, readOnly = false, recursiveReadOnly, mountPropagation = 'None' } = mount;
  const volume = volumes.get(name);
  if (volume === undefined || volume.isDevice) {
    const message = `cannot find volume ${JSON.stringify(name)} to mount into container ${JSON.stringify(container.name)}`;
    throw new VolumeError('Refused', name, message);
  }
  if (recursiveReadOnly === 'Enabled') {
    throw new VolumeError('Unsupported', name, 'recursive read-only mount is not supported by the container runtime');
  }
  const subPath = subPathOf(mount, environment);
  let hostPath = volume.path;
  if (subPath !== '') {
    hostPath = join(subPathDirectory(podDirectory, name, container.name), String(index));
    try {
      await bindSubPath({ volume: volume.path, subPath, target: hostPath });
    } catch (error) {
      const code = error instanceof VolumeFault ? error.code : 'Failed';
      const what = `failed to prepare subPath for volumeMount ${JSON.stringify(name)} of container ${JSON.stringify(container.name)}`;
      throw new VolumeError(code, name, `${what}: ${messageOf(error)}`, { cause: error });
    }
  }
  return {
    hostPath,
    containerPath: isAbsolute(mountPath) ? mountPath : `/${mountPath}`,
    readOnly: readOnly || volume.readOnly,
    recursiveReadOnly: false,
    propagation: propagations[mountPropagation] ?? 'private',
    selinuxRelabel: volume.managed,
  };
}

/** The block devices of one container; volumes that are none are refused with VolumeError. */
export function containerDevices(
  container: Container,
  volumes: ReadonlyMap<string, PreparedVolume>,
): ContainerDevice[] {
  return (container.volumeDevices ?? []).map(({ name, devicePath }) => {
    const volume = volumes.get(name);
    if (volume?.isDevice !== true) {
      const message = `cannot find volume ${JSON.stringify(name)} to pass into container ${JSON.stringify(container.name)}`;
      throw new VolumeError('Refused', name, message);
    }
    return { hostPath: volume.path, containerPath: devicePath, permissions: volume.readOnly ? 'r' : 'rwm' };
  });
}
