import { join } from 'node:path';
import type { PodCgroups } from './pod-cgroups.ts';

export interface StraysInput {
  readonly cgroups: PodCgroups;
  /** The cgroup that holds the node's pods: `PARENT/podUID/CONTAINER`. */
  readonly parent: string;
  /** Whether a pod with this uid is worked on. */
  readonly isLive: (uid: string) => boolean;
  /** Whether the runtime has a sandbox or container with this id. */
  readonly isKnown: (id: string) => boolean;
  /** What the last call returned. */
  readonly suspects: ReadonlySet<string>;
  /** Called with each cgroup in which something was ended. */
  readonly removed: (cgroup: string) => void;
}

/**
 * Ends containers that the runtime has lost: it was killed, or the kubelet that asked for them was, while they were made.
 * One that is unknown the first time may be just being made; the second time it is ended. Returns the suspects for the
 * next call. Cgroups of pods that are gone are removed.
 */
export async function removeStrays(input: StraysInput): Promise<ReadonlySet<string>> {
  const { cgroups, parent, isKnown, isLive, suspects } = input;
  const next = new Set<string>();
  for (const folder of await cgroups.children(parent)) {
    const uid = /^pod(.+)$/.exec(folder)?.[1];
    if (uid === undefined) continue;
    const pod = join(parent, folder);
    for (const id of await cgroups.children(pod)) {
      const path = join(pod, id);
      if (isKnown(id)) continue;
      if (!suspects.has(path)) {
        next.add(path);
        continue;
      }
      if (await cgroups.remove(path)) continue;
      await cgroups.kill(path);
      input.removed(path);
      // The kernel takes a moment; the next call removes what is left.
      next.add(path);
    }
    if (!isLive(uid) && (await cgroups.children(pod)).length === 0) await cgroups.remove(pod);
  }
  return next;
}
