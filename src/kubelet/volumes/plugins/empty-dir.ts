import { chmod, rename } from 'node:fs/promises';
import type { Pod } from '../../../api/core/pod.schema.ts';
import type { EmptyDirVolumeSource } from '../../../api/core/volume.schema.ts';
import { parseQuantity, quantityValue } from '../../../api/values/quantity.ts';
import { ensureDirectory } from '../../../system/files.ts';
import type { PreparedVolume, VolumeContext } from '../context.ts';
import { fsGroupOf } from '../context.ts';
import { VolumeFault } from '../fault.ts';
import { isMountPoint, mountTmpfs } from '../mounts.ts';
import { giveToGroup, groupMode } from '../ownership.ts';
import { readdirIfExists, volumeDirectory } from '../paths.ts';

const bytes = (quantity: string): bigint => quantityValue(parseQuantity(quantity));

/** The memory that all of the pod's containers together may use; undefined when one of them has no limit. */
function podMemory({ spec }: Pod): bigint | undefined {
  const whole = spec.resources?.limits?.['memory'];
  if (whole !== undefined) return bytes(whole);
  let sum = 0n;
  for (const { resources } of spec.containers) {
    const limit = resources.limits?.['memory'];
    if (limit === undefined) return undefined;
    sum += bytes(limit);
  }
  return sum;
}

/** How large a file system in memory may grow: what is in it counts as the pod's memory, so more would be of no use. */
export function memoryLimit(
  pod: Pod,
  sizeLimit: string | undefined,
  allocatableMemory: string | undefined,
): bigint | undefined {
  const limits = [
    podMemory(pod),
    sizeLimit === undefined ? undefined : bytes(sizeLimit),
    allocatableMemory === undefined ? undefined : bytes(allocatableMemory),
  ];
  let least: bigint | undefined;
  for (const limit of limits) {
    if (limit !== undefined && limit > 0n && (least === undefined || limit < least)) least = limit;
  }
  return least;
}

/** A folder that lives as long as the pod. What is there is left as it is: the pod may run already. */
export async function prepareEmptyDir(context: VolumeContext, source: EmptyDirVolumeSource): Promise<PreparedVolume> {
  const { medium = '', sizeLimit } = source;
  const path = volumeDirectory(context.podDirectory, 'empty-dir', context.name);
  const group = fsGroupOf(context.pod);
  if (medium === '') await makeFolder(path, group);
  else if (medium === 'Memory') {
    const limit = memoryLimit(context.pod, sizeLimit, context.allocatable['memory']);
    await makeMemory(path, group, limit);
  } else {
    const message = `emptyDir of medium ${JSON.stringify(medium)} is not supported by this kubelet`;
    throw new VolumeFault('Unsupported', message);
  }
  return { path, readOnly: false, managed: true, isDevice: false };
}

/** The folder gets its name when it is finished, so that one with the name is never touched again. */
async function makeFolder(path: string, group: number | undefined): Promise<void> {
  if ((await readdirIfExists(path)) !== undefined) return;
  const unfinished = `${path}.new`;
  await ensureDirectory(unfinished, 0o755);
  await chmod(unfinished, 0o777);
  if (group !== undefined) await giveToGroup(unfinished, { group, readOnly: false });
  await rename(unfinished, path);
}

async function makeMemory(path: string, group: number | undefined, sizeBytes: bigint | undefined): Promise<void> {
  await ensureDirectory(path, 0o755);
  if (await isMountPoint(path)) return;
  await mountTmpfs(path, {
    ...(group === undefined ? { mode: 0o1777 } : { mode: groupMode(0o1777, true, false), group }),
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
  });
}
