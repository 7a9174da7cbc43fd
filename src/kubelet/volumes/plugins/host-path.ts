import type { Stats } from 'node:fs';
import { mkdir, open, stat } from 'node:fs/promises';
import type { HostPathVolumeSource } from '../../../api/core/volume.schema.ts';
import { isErrno } from '../../../system/files.ts';
import type { PreparedVolume } from '../context.ts';
import { VolumeFault } from '../fault.ts';

type HostPathType = NonNullable<HostPathVolumeSource['type']>;

const checks: Readonly<Record<Exclude<HostPathType, ''>, readonly [(status: Stats) => boolean, string]>> = {
  Directory: [(status) => status.isDirectory(), 'a directory'],
  DirectoryOrCreate: [(status) => status.isDirectory(), 'a directory'],
  File: [(status) => status.isFile(), 'a file'],
  FileOrCreate: [(status) => status.isFile(), 'a file'],
  Socket: [(status) => status.isSocket(), 'a socket file'],
  CharDevice: [(status) => status.isCharacterDevice(), 'a character device'],
  BlockDevice: [(status) => status.isBlockDevice(), 'a block device'],
};

async function statIfExists(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

async function makeFile(path: string): Promise<void> {
  await (await open(path, 'a', 0o644)).close();
}

/**
 * A path of the node itself, checked against the type that the volume demands; `…OrCreate` makes what is missing. Without
 * a type nothing is checked, and the runtime makes a missing folder.
 */
export async function prepareHostPath({ path, type = '' }: HostPathVolumeSource): Promise<PreparedVolume> {
  const prepared: PreparedVolume = { path, readOnly: false, managed: false, isDevice: false };
  if (type === '') return prepared;
  let status = await statIfExists(path);
  if (status === undefined && type === 'DirectoryOrCreate') await mkdir(path, { recursive: true, mode: 0o755 });
  if (status === undefined && type === 'FileOrCreate') await makeFile(path);
  status ??= await statIfExists(path);
  const [holds, what] = checks[type];
  if (status !== undefined && holds(status)) return prepared;
  throw new VolumeFault('Refused', `hostPath type check failed: ${path} is not ${what}`);
}
