import { chmod, mkdir, rm } from 'node:fs/promises';
import { isAbsolute, join, normalize } from 'node:path';

/** What the provisioner does to the machine's files. */
export interface VolumeFolders {
  /** Makes a folder into which pods of any user may write; one that is there is kept. */
  create(path: string): Promise<void>;
  /** Removes a folder and all that is in it, following no symbolic link; a missing one is as well. */
  remove(path: string): Promise<void>;
}

/** The folders of this machine. */
export const hostFolders: VolumeFolders = {
  async create(path) {
    await mkdir(path, { recursive: true });
    // The process's umask must not decide who may write.
    await chmod(path, 0o777);
  },
  async remove(path) {
    await rm(path, { recursive: true, force: true });
  },
};

/** A uid is the server's own and cannot lead anywhere else; this says so once more before anything is removed. */
const volumeName = /^pvc-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Where a volume of this name has its folder; throws RangeError for a name that this provisioner never gives. */
export function volumeFolder(directory: string, name: string): string {
  if (!isAbsolute(directory) || normalize(directory) === '/') {
    throw new RangeError(`volumes need a folder of their own: ${JSON.stringify(directory)}`);
  }
  if (!volumeName.test(name)) throw new RangeError(`not a volume of this provisioner: ${JSON.stringify(name)}`);
  return join(directory, name);
}
