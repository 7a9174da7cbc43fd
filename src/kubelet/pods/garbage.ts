import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isErrno } from '../../system/files.ts';
import { isNotFound } from '../cri/errors.ts';
import type { ObservedContainer, ObservedPod } from '../runtime/observed.ts';
import type { PodContext } from './context.ts';

export interface PodGarbage {
  readonly containers: readonly ObservedContainer[];
  /** Ids of sandboxes. */
  readonly sandboxes: readonly string[];
}

/**
 * What of a pod that lives is of no use any more: of each container the runs before its last ended one, and sandboxes
 * that are neither the newest nor have a container left. Pure.
 */
export function podGarbage(observed: ObservedPod): PodGarbage {
  const dead = observed.containers.filter(({ state }) => state === 'exited');
  const containers = dead.filter(({ id, name }) => dead.find((other) => other.name === name)?.id !== id);
  const gone = new Set(containers.map(({ id }) => id));
  const used = new Set(observed.containers.filter(({ id }) => !gone.has(id)).map(({ sandboxId }) => sandboxId));
  const sandboxes = observed.sandboxes.slice(1).filter(({ id, ready }) => !ready && !used.has(id));
  return { containers, sandboxes: sandboxes.map(({ id }) => id) };
}

/** Removes them, the containers' logs included. */
export async function removeGarbage(context: PodContext, { containers, sandboxes }: PodGarbage): Promise<void> {
  for (const { id, logPath } of containers) {
    await orGone(context.runtime.removeContainer({ containerId: id }));
    if (logPath !== '') await removeLogs(logPath);
  }
  for (const podSandboxId of sandboxes) await orGone(context.runtime.removePodSandbox({ podSandboxId }));
}

/** Removes a container's log and what was rotated out of it. */
async function removeLogs(logPath: string): Promise<void> {
  const folder = dirname(logPath);
  const name = basename(logPath);
  try {
    const files = (await readdir(folder)).filter((file) => file === name || file.startsWith(`${name}.`));
    await Promise.all(files.map((file) => rm(join(folder, file), { force: true })));
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}

async function orGone(answer: Promise<unknown>): Promise<void> {
  try {
    await answer;
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
