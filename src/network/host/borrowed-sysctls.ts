import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isErrno } from '../../system/files.ts';
import type { Sysctl } from './plan.ts';

/**
 * Settings of the host that clusters change. The value found is kept beside the names of the clusters that need the
 * change, and put back when the last of them goes: `DIRECTORY/sysctls/<key>/{value,users/<cluster>}`.
 */
function folderOf(directory: string, key: string): string {
  return join(directory, 'sysctls', encodeURIComponent(key));
}

/** Sets a setting for a cluster, after noting what it was. */
export async function borrowSysctl(directory: string, cluster: string, { key, value }: Sysctl): Promise<void> {
  const folder = folderOf(directory, key);
  await mkdir(join(folder, 'users'), { recursive: true, mode: 0o700 });
  const found = (await readFile(join('/proc/sys', key), 'utf8')).trim();
  try {
    await writeFile(join(folder, 'value'), found, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  }
  await writeFile(join(folder, 'users', cluster), '', { mode: 0o600 });
  if (found !== value) await writeFile(join('/proc/sys', key), value);
}

/** Gives back all that a cluster has borrowed. */
export async function returnSysctls(directory: string, cluster: string): Promise<void> {
  for (const entry of await entriesOf(join(directory, 'sysctls'))) {
    const key = decodeURIComponent(entry);
    const folder = folderOf(directory, key);
    const users = await entriesOf(join(folder, 'users'));
    if (!users.includes(cluster)) continue;
    if (users.length === 1) await restore(key, join(folder, 'value'));
    await rm(join(folder, 'users', cluster), { force: true });
    if (users.length === 1) await rm(folder, { recursive: true, force: true });
  }
}

async function restore(key: string, saved: string): Promise<void> {
  try {
    await writeFile(join('/proc/sys', key), await readFile(saved, 'utf8'));
  } catch (error) {
    // The interface may have gone, and its settings with it.
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}

async function entriesOf(path: string): Promise<readonly string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}
