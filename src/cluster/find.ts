import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterConfig } from './config.ts';
import { readConfig } from './config.ts';
import type { ClusterPaths } from './paths.ts';
import { clusterPaths, dataRoot } from './paths.ts';
import { UserError } from './user-error.ts';

export interface FoundCluster {
  readonly config: ClusterConfig;
  readonly paths: ClusterPaths;
}

/** Where a cluster whose `--data-dir` is elsewhere leaves a note of it. */
export const dataPointer = (name: string): string => join(dataRoot, `${name}.data-dir`);

/** The data folder of cluster `name`: the one noted at its first `up`, else the usual one. */
export function dataDirectoryOf(name: string): string {
  const pointer = dataPointer(name);
  return existsSync(pointer) ? realpathSync(readFileSync(pointer, 'utf8').trim()) : join(dataRoot, name);
}

/** The cluster called `name`, or undefined where there is none. */
export function findCluster(name: string): FoundCluster | undefined {
  let directory: string;
  try {
    directory = dataDirectoryOf(name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const paths = clusterPaths(name, directory);
  const config = readConfig(paths.config);
  return config === undefined ? undefined : { config, paths };
}

/** The cluster called `name`; throws UserError where there is none. */
export function requireCluster(name: string): FoundCluster {
  const found = findCluster(name);
  if (found === undefined) {
    throw new UserError(
      `there is no cluster "${name}" on this machine; "cox up${name === 'cox' ? '' : ` --name ${name}`}" makes one.`,
    );
  }
  return found;
}
