import { chmod, lchown, lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const setgid = 0o2000;

export interface GroupOwnership {
  /** The group that shall own everything: the pod's fsGroup. */
  readonly group: number;
  /** The pod may only read: the group gets no right to write. */
  readonly readOnly: boolean;
}

/** The permission bits that a file or folder needs so that the group can use it. */
export function groupMode(mode: number, isDirectory: boolean, readOnly: boolean): number {
  const access = mode | (readOnly ? 0o440 : 0o660);
  // New files in such a folder shall belong to the group as well.
  return isDirectory ? access | 0o110 | setgid : access;
}

/** Whether a folder is already as `giveToGroup` would leave it. */
export async function belongsToGroup(directory: string, { group, readOnly }: GroupOwnership): Promise<boolean> {
  const { gid, mode } = await lstat(directory);
  return gid === group && (mode & 0o7777) === groupMode(mode & 0o7777, true, readOnly);
}

/**
 * Gives a folder and all in it to a group, as upstream does for fsGroup; links are not followed. The folder itself comes
 * last, so that `belongsToGroup` is true of a folder that was finished.
 */
export async function giveToGroup(path: string, ownership: GroupOwnership): Promise<void> {
  const { mode, uid } = await lstat(path);
  const isDirectory = (mode & 0o170000) === 0o040000;
  const isLink = (mode & 0o170000) === 0o120000;
  if (isDirectory) for (const name of await readdir(path)) await giveToGroup(join(path, name), ownership);
  await lchown(path, uid, ownership.group);
  if (!isLink) await chmod(path, groupMode(mode & 0o7777, isDirectory, ownership.readOnly));
}
