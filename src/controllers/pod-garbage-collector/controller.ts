import type { Pod } from '../../api/core/pod.schema.ts';
import { nodes, pods } from '../../api/resources.ts';
import { isStatus } from '../../api/status-error.ts';
import { createWorkQueue } from '../../client/work-queue.ts';
import type { ControllerContext } from '../context.ts';
import { runController } from '../context.ts';
import { disruptPod } from '../pod-disruption.ts';
import { reconcile } from './reconcile.ts';

const periodMs = 20_000;
/** A node that is registered anew, e.g. after a change of its name's owner, gets so long to come back. */
const quarantineMs = 40_000;
const terminatedThreshold = 12_500;
const component = 'pod-garbage-collector';

/** Removes pods that nobody else would, every 20 s; runs until the context's signal is aborted. */
export async function startPodGarbageCollector(context: ControllerContext): Promise<void> {
  const { client, informers } = context;
  const queue = createWorkQueue();
  const allNodes = informers.of(nodes);
  const allPods = informers.of(pods);
  const missing = new MissingNodes(context.now);
  const exists = async (name: string): Promise<boolean> => {
    try {
      await client.get(nodes, { name });
      return true;
    } catch (error) {
      if (isStatus(error, 'NotFound')) return false;
      throw error;
    }
  };
  queue.add(component);
  await runController(context, {
    name: component,
    queue,
    needs: [allNodes, allPods],
    workers: 1,
    async reconcile() {
      const all = allPods.list();
      missing.see(all, (name) => allNodes.get(name) !== undefined);
      const vanished = await missing.vanished(exists);
      const node = (name: string) => allNodes.get(name);
      for (const { pod, disruption } of reconcile({
        pods: all,
        node,
        vanished: (name) => vanished.has(name),
        terminatedThreshold,
      })) {
        await remove(context, pod, disruption);
      }
      return { requeueAfter: periodMs };
    },
  });
}

async function remove({ client, now }: ControllerContext, pod: Pod, message: string | undefined): Promise<void> {
  if (message !== undefined) {
    const disruption = { reason: 'DeletionByPodGC', message, fail: true, gracePeriodSeconds: 0, now: now() };
    await disruptPod(client, pod, disruption);
    return;
  }
  const { name, namespace, uid } = pod.metadata;
  try {
    await client.delete(pods, { name, namespace }, { preconditions: { uid }, gracePeriodSeconds: 0 });
  } catch (error) {
    if (!isStatus(error, 'NotFound', 'Conflict')) throw error;
  }
}

/** Since when each node has been missing on which pods are said to stand. */
class MissingNodes {
  readonly #since = new Map<string, number>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  see(all: readonly Pod[], isThere: (node: string) => boolean): void {
    const named = new Set(all.flatMap(({ spec }) => spec.nodeName ?? []));
    const absent = new Set([...named].filter((name) => name !== '' && !isThere(name)));
    for (const name of this.#since.keys()) if (!absent.has(name)) this.#since.delete(name);
    for (const name of absent) if (!this.#since.has(name)) this.#since.set(name, this.#now());
  }

  /** Those that have been missing for long enough, and are so for the server, too. */
  async vanished(exists: (node: string) => Promise<boolean>): Promise<ReadonlySet<string>> {
    const gone = new Set<string>();
    for (const [name, since] of this.#since) {
      if (this.#now() - since >= quarantineMs && !(await exists(name))) gone.add(name);
    }
    return gone;
  }
}
