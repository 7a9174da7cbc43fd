import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { dataRoot, runRoot } from './paths.ts';

/** Removes the folders that all clusters share, if there is no cluster any more. */
export function removeSharedFolders(): void {
  if (isEmpty(runRoot)) rmSync(runRoot, { recursive: true, force: true });
  if (existsSync(dataRoot) && isEmpty(dataRoot)) rmdirSync(dataRoot);
}

/** True when a folder has nothing but notes, whose names start with a dot. */
function isEmpty(folder: string): boolean {
  return !existsSync(folder) || readdirSync(folder).every((entry) => folder === runRoot && entry.startsWith('.'));
}
