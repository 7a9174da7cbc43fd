import { readFile } from 'node:fs/promises';
import { exec } from '../../system/exec.ts';

/** A line of `/proc/self/mountinfo`, as far as the kubelet looks at it. */
export interface Mount {
  readonly path: string;
  readonly fileSystem: string;
}

/** Blanks and backslashes stand in octal there. */
const unescape = (field: string): string =>
  field.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)));

/** Reads the text of a mountinfo file; mounts stand in the order in which they were made. */
export function parseMountInfo(text: string): Mount[] {
  return text.split('\n').flatMap((line) => {
    const [left = '', right = ''] = line.split(' - ');
    const path = left.split(' ')[4];
    return path === undefined ? [] : [{ path: unescape(path), fileSystem: right.split(' ')[0] ?? '' }];
  });
}

/** What is mounted at `path` and below it, in the order in which it was mounted. */
export async function mountsUnder(path: string): Promise<Mount[]> {
  const mounts = parseMountInfo(await readFile('/proc/self/mountinfo', 'utf8'));
  return mounts.filter((mount) => mount.path === path || mount.path.startsWith(`${path}/`));
}

/** Whether something is mounted at exactly this path. */
export async function isMountPoint(path: string): Promise<boolean> {
  return (await mountsUnder(path)).some((mount) => mount.path === path);
}

export interface TmpfsOptions {
  /** Half of the machine's memory when left out. */
  readonly sizeBytes?: bigint;
  /** Permission bits of its root; 0o1777 when left out. */
  readonly mode?: number;
  /** The group that owns its root. */
  readonly group?: number;
}

/** Mounts a file system in memory. */
export async function mountTmpfs(path: string, options: TmpfsOptions = {}): Promise<void> {
  const { sizeBytes, mode = 0o1777, group } = options;
  const settings = [`mode=${mode.toString(8)}`];
  if (sizeBytes !== undefined) settings.push(`size=${sizeBytes}`);
  if (group !== undefined) settings.push(`gid=${group}`);
  await exec(['mount', '--no-canonicalize', '-t', 'tmpfs', '-o', settings.join(','), 'tmpfs', path]);
}

/** Shows a file or folder at `path` too. The source is taken as it is written, links unresolved. */
export async function mountBind(source: string, path: string): Promise<void> {
  await exec(['mount', '--no-canonicalize', '--bind', source, path]);
}

/** Takes away the uppermost mount at `path`; throws ExecError while something uses it. */
export async function unmount(path: string): Promise<void> {
  await exec(['umount', '--no-canonicalize', path]);
}

/** Takes away everything mounted at `path` and below it, last first. */
export async function unmountUnder(path: string): Promise<void> {
  for (const mount of (await mountsUnder(path)).toReversed()) await unmount(mount.path);
}
