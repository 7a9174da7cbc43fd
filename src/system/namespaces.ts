import { readdir, readFile, rmdir, statfs, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { exec } from './exec.ts';
import { isErrno } from './files.ts';

/** Where named network namespaces are kept, as iproute2 expects them. */
export const namespaceDirectory = '/run/netns';

const nsfsMagic = 0x6e736673;

/** The file that stands for a named network namespace. */
export function namespacePath(name: string): string {
  return join(namespaceDirectory, name);
}

/**
 * The command that runs `argv` inside a named network namespace. Unlike `ip netns exec` it leaves `/sys` as it is,
 * which container runtimes need.
 */
export function inNamespace(name: string, argv: readonly string[]): readonly string[] {
  return ['nsenter', `--net=${namespacePath(name)}`, '--', ...argv];
}

/**
 * Whether a named namespace is there: `alive`, `absent`, or `stale` where a crash left the file without
 * the namespace mounted on it.
 */
export async function namespaceState(name: string): Promise<'absent' | 'alive' | 'stale'> {
  try {
    return (await statfs(namespacePath(name))).type === nsfsMagic ? 'alive' : 'stale';
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return 'absent';
    throw error;
  }
}

/** The names under `/run/netns`, stale ones included. */
export async function listNamespaces(): Promise<string[]> {
  try {
    return (await readdir(namespaceDirectory)).toSorted();
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

/** Removes the name of a namespace, stale or not; the kernel ends the namespace with its last process. */
export async function removeNamespace(name: string): Promise<boolean> {
  const state = await namespaceState(name);
  if (state === 'absent') return false;
  if (state === 'alive') await exec(['ip', 'netns', 'delete', name]);
  else await unlink(namespacePath(name));
  return true;
}

/** Whether `/run/netns` is a mount of its own, as iproute2 makes it at the first namespace. */
export async function namespaceDirectoryIsMount(): Promise<boolean> {
  const mounts = await readFile('/proc/self/mountinfo', 'utf8');
  return mounts.split('\n').some((line) => line.split(' ')[4] === namespaceDirectory);
}

/** Takes away the empty `/run/netns` and its mount. Does nothing while a namespace is left. */
export async function removeNamespaceDirectory(): Promise<void> {
  if ((await listNamespaces()).length > 0) return;
  while (await namespaceDirectoryIsMount()) await exec(['umount', namespaceDirectory]);
  try {
    await rmdir(namespaceDirectory);
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ENOTEMPTY', 'EBUSY')) throw error;
  }
}
