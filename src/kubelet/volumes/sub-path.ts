import type { FileHandle } from 'node:fs/promises';
import { chmod, constants, mkdir, open, readlink, realpath, rmdir, stat, unlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { ensureDirectory, isErrno } from '../../system/files.ts';
import { VolumeFault } from './fault.ts';
import { isMountPoint, mountBind, unmount } from './mounts.ts';

/**
 * Sub paths of volumes. The pod's own processes may change links in a volume at any time, so a path that was checked may
 * be another one a moment later. Hence, as upstream has it: the file is opened step by step without following links, and
 * the open file, not its name, is bound to a place below the pod's folder that no container can reach.
 */

const { O_DIRECTORY, O_NOFOLLOW } = constants;
/** Names a file without opening it for reading, so that sockets and devices can be mounted too; Node has no name for it. */
const O_PATH = 0o10000000;

/** An open file as a path: what follows it is looked up in that very folder (openat, mkdirat). */
const pathOf = (handle: FileHandle): string => `/proc/${process.pid}/fd/${handle.fd}`;

const isWithin = (path: string, base: string): boolean =>
  path === base || path.startsWith(base === '/' ? '/' : `${base}/`);

/** The longest part of `path` that exists, resolved, and the names that are missing below it. */
async function resolveExisting(path: string): Promise<{ existing: string; missing: string[] }> {
  const missing: string[] = [];
  for (let current = path; ; current = dirname(current)) {
    try {
      return { existing: await realpath(current), missing };
    } catch (error) {
      if (!isErrno(error, 'ENOENT') || current === '/') throw error;
      missing.unshift(current.slice(current.lastIndexOf('/') + 1));
    }
  }
}

/**
 * Opens `names` one below the other, starting at `base`, and makes folders with `mode` where there is nothing. A link
 * among them has been put there since the path was resolved, and is refused.
 */
async function descend(base: string, names: readonly string[], mode: number): Promise<FileHandle> {
  let handle = await open(base, O_PATH | O_NOFOLLOW);
  try {
    for (const name of names) {
      const next = await openOrMake(`${pathOf(handle)}/${name}`, mode);
      await handle.close();
      handle = next;
      if ((await handle.stat()).isSymbolicLink()) throw new VolumeFault('Refused', `${name} has become a link`);
    }
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function openOrMake(path: string, mode: number): Promise<FileHandle> {
  try {
    return await open(path, O_PATH | O_NOFOLLOW);
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
  await mkdir(path, { mode });
  const handle = await open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW);
  // The process's umask must not decide; the open folder is meant, whatever the name stands for by now.
  await chmod(pathOf(handle), mode);
  return handle;
}

export interface SubPathRequest {
  /** The volume on the node. */
  readonly volume: string;
  /** The path in it, relative. */
  readonly subPath: string;
  /** Where the sub path is to be bound. */
  readonly target: string;
}

/**
 * Binds a sub path of a volume to `target`; a missing one becomes a folder with the volume's own permissions. A target
 * that shows it already is left alone; one that shows something else (a ConfigMap's old file) is replaced. Throws
 * VolumeFault `Refused` for a path that leads out of the volume.
 */
export async function bindSubPath({ volume, subPath, target }: SubPathRequest): Promise<void> {
  const base = await realpath(volume);
  const { existing, missing } = await resolveExisting(join(base, subPath));
  const refuse = (): VolumeFault =>
    new VolumeFault('Refused', `subpath ${JSON.stringify(subPath)} not within volume path ${volume}`);
  if (!isWithin(existing, base)) throw refuse();
  const names = relative(base, join(existing, ...missing))
    .split('/')
    .filter(Boolean);
  const handle = await descend(base, names, (await stat(base)).mode & 0o7777);
  try {
    // The kernel's own word on where the open file lies now.
    if (!isWithin(await readlink(pathOf(handle)), base)) throw refuse();
    await bindTo(handle, target);
  } finally {
    await handle.close();
  }
}

async function bindTo(handle: FileHandle, target: string): Promise<void> {
  const source = await stat(pathOf(handle));
  if (await isMountPoint(target)) {
    const shown = await stat(target);
    if (shown.dev === source.dev && shown.ino === source.ino) return;
    await unmount(target);
  }
  await makeTarget(target, source.isDirectory());
  await mountBind(pathOf(handle), target);
}

/** A folder is mounted on a folder, everything else on a file. */
async function makeTarget(target: string, isDirectory: boolean): Promise<void> {
  await ensureDirectory(dirname(target), 0o750);
  const found = await stat(target).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  });
  if (found !== undefined) {
    if (found.isDirectory() === isDirectory) return;
    await (found.isDirectory() ? rmdir(target) : unlink(target));
  }
  if (isDirectory) await ensureDirectory(target, 0o750);
  else await (await open(target, 'wx', 0o640)).close();
}
