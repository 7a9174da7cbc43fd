import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isErrno, removeIfExists } from '../system/files.ts';
import { podNetworkName, staleReservations } from './cni.ts';

/**
 * Frees pod addresses whose sandbox is gone. Call it before the first pod is started: a sandbox that is being made has
 * its address a moment before the runtime lists it. Returns the addresses freed.
 */
export async function releaseStaleAddresses(
  dataDirectory: string,
  liveSandboxes: ReadonlySet<string>,
): Promise<readonly string[]> {
  const folder = join(dataDirectory, podNetworkName);
  let files: readonly string[];
  try {
    files = await readdir(folder);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
  const reservations = await Promise.all(
    files
      .filter((file) => !file.startsWith('lock'))
      .map(async (file) => ({ file, content: await readFile(join(folder, file), 'utf8') })),
  );
  const stale = staleReservations(reservations, liveSandboxes);
  await Promise.all(stale.map((file) => removeIfExists(join(folder, file))));
  return stale;
}
