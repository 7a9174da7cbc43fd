import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isErrno } from '../../system/files.ts';

/** Where things of pods lie below the kubelet's own folder, as upstream has it: other tools look there. */

/** The folders of all pods, each named by its uid. */
export const podsDirectory = (rootDirectory: string): string => join(rootDirectory, 'pods');

/** Whether a text can be the uid that names a pod's folder. */
export const isUid = (text: string): boolean => /^[\w-][\w.-]*$/.test(text);

/** Everything the kubelet keeps of one pod. Throws for a uid that is no single folder name. */
export function podDirectory(rootDirectory: string, uid: string): string {
  if (!isUid(uid)) throw new RangeError(`not a pod's uid: ${JSON.stringify(uid)}`);
  return join(podsDirectory(rootDirectory), uid);
}

/** The kinds of volume that have a folder in the pod's. */
export type PluginName = 'configmap' | 'downward-api' | 'empty-dir' | 'local-volume' | 'projected' | 'secret';

/** The folder of one volume of a pod. */
export function volumeDirectory(podDirectory: string, plugin: PluginName, volume: string): string {
  return join(podDirectory, 'volumes', `kubernetes.io~${plugin}`, volume);
}

/** The folder of the mounts that pin one container's sub paths of one volume. */
export function subPathDirectory(podDirectory: string, volume: string, container: string): string {
  return join(podDirectory, 'volume-subpaths', volume, container);
}

/** The names in a folder; undefined where there is none. */
export async function readdirIfExists(path: string): Promise<string[] | undefined> {
  try {
    return await readdir(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}
