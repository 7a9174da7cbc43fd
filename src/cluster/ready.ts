import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../system/files.ts';
import type { ClusterPaths } from './paths.ts';
import type { ProcessIdentity } from './supervisor/process-identity.ts';

/**
 * A component says that it does its work by a file that names its process; one that a dead process left counts for
 * nothing. `what` is the component's name, or a part of it, e.g. `kube-worker-1.agent` or `kube-worker-1.ingress`.
 */
export async function declareReady(paths: Pick<ClusterPaths, 'ready'>, what: string): Promise<void> {
  await mkdir(paths.ready, { recursive: true, mode: 0o700 });
  await writeFileAtomic(join(paths.ready, what), `${process.pid}\n`);
}

/** True when process `identity` has declared `what`. */
export function isReady(
  paths: Pick<ClusterPaths, 'ready'>,
  what: string,
  identity: ProcessIdentity | undefined,
): boolean {
  if (identity === undefined) return false;
  try {
    return Number(readFileSync(join(paths.ready, what), 'utf8')) === identity.pid;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
