import { randomBytes } from 'node:crypto';
import {
  chmod,
  chown,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  unlink,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isErrno } from '../../system/files.ts';

/** One file of a volume whose content comes from the API. */
export interface PayloadFile {
  readonly data: Uint8Array;
  /** Permission bits. */
  readonly mode: number;
  /** The user who owns the file; root when left out. */
  readonly user?: number;
}

/** Files by their path in the volume, e.g. `conf/app.ini`. */
export type Payload = ReadonlyMap<string, PayloadFile>;

const dataLink = '..data';

/** What is wrong with a path that a volume's file shall have; undefined when nothing is. */
export function pathFault(path: string): string | undefined {
  if (path === '') return 'invalid path: must not be empty';
  if (path.startsWith('/')) return `invalid path: must be relative path: ${path}`;
  if (path.length > 4096) return 'invalid path: must be less than or equal to 4096 characters';
  const parts = path.split('/');
  if (parts.includes('..')) return `file path is not canonical, must not contain '..': ${path}`;
  if (parts[0]?.startsWith('..') === true) return `file path is not canonical, must not start with '..': ${path}`;
  if (parts.some((part) => part === '' || part === '.')) return `file path is not canonical: ${path}`;
  if (parts.some((part) => Buffer.byteLength(part) > 255)) return 'invalid path: a name is longer than 255 characters';
  return undefined;
}

/**
 * Replaces the content of `directory` in one step: readers see all files as they were or all as they are now. As
 * upstream, files lie in a folder named by the time; the link `..data` points at it, and each visible name at something
 * below `..data`. `prepare` may change owners in the new folder before it is seen. Tells whether anything changed.
 */
export async function writePayload(
  directory: string,
  payload: Payload,
  prepare: (newDirectory: string) => Promise<void> = async () => undefined,
): Promise<boolean> {
  for (const path of payload.keys()) {
    const fault = pathFault(path);
    if (fault !== undefined) throw new Error(fault);
  }
  const current = await currentData(directory);
  if (current !== undefined && (await holds(join(directory, current), payload))) {
    // A crash after the switch may have left links to be made.
    await alignLinks(directory, payload);
    return false;
  }
  const next = dataName(new Date());
  const path = join(directory, next);
  try {
    await writeFiles(path, payload);
    await prepare(path);
    await pointTo(directory, next);
  } catch (error) {
    await rm(path, { recursive: true, force: true });
    throw error;
  }
  await alignLinks(directory, payload);
  await removeOldData(directory, next);
  return true;
}

/** `..2026_01_02_03_04_05.1234567890`; what follows the time keeps two writes in a second apart. */
function dataName(now: Date): string {
  const time = now.toISOString().slice(0, 19).replaceAll(/[-T:]/g, '_');
  return `..${time}.${randomBytes(4).readUInt32BE()}`;
}

async function currentData(directory: string): Promise<string | undefined> {
  try {
    return await readlink(join(directory, dataLink));
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Whether a folder has exactly these files, with their content and permissions. */
async function holds(directory: string, payload: Payload): Promise<boolean> {
  try {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => !entry.isDirectory());
    if (files.length !== payload.size) return false;
    for (const [path, { data, mode, user }] of payload) {
      const status = await lstat(join(directory, path));
      // fsGroup may have added rights for the group.
      if (!status.isFile() || status.size !== data.length || (status.mode & mode) !== mode) return false;
      if (user !== undefined && status.uid !== user) return false;
      if (!(await readFile(join(directory, path))).equals(data)) return false;
    }
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return false;
    throw error;
  }
}

async function writeFiles(directory: string, payload: Payload): Promise<void> {
  await mkdir(directory, { mode: 0o755 });
  await chmod(directory, 0o755);
  for (const [path, { data, mode, user }] of payload) {
    const target = join(directory, path);
    await mkdir(dirname(target), { recursive: true, mode: 0o755 });
    const file = await open(target, 'wx', mode);
    try {
      await file.chmod(mode);
      await file.writeFile(data);
    } finally {
      await file.close();
    }
    if (user !== undefined) await chown(target, user, -1);
  }
}

async function pointTo(directory: string, name: string): Promise<void> {
  const temporary = join(directory, '..data_tmp');
  await rm(temporary, { force: true });
  await symlink(name, temporary);
  await rename(temporary, join(directory, dataLink));
}

/** Makes the visible links that are missing and takes away those of files that are gone. */
async function alignLinks(directory: string, payload: Payload): Promise<void> {
  const wanted = new Set([...payload.keys()].map((path) => path.split('/', 1)[0] ?? path));
  for (const name of await readdir(directory)) {
    if (name.startsWith('..')) continue;
    if (!wanted.delete(name)) await unlink(join(directory, name));
  }
  for (const name of wanted) await symlink(join(dataLink, name), join(directory, name));
}

async function removeOldData(directory: string, keep: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const old = /^\.\.\d{4}_/.test(name) && name !== keep;
    if (old) await rm(join(directory, name), { recursive: true, force: true });
  }
}
