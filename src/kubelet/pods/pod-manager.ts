import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pod } from '../../api/core/pod.schema.ts';
import type { Informer } from '../../client/informer.ts';
import { removeStrays } from '../cgroups/strays.ts';
import { admit } from './admission.ts';
import type { PodContext } from './context.ts';
import { PodWorker } from './worker.ts';

/** One worker for each pod that is on the node or ought to be. */
export class PodManager {
  readonly #context: PodContext;
  readonly #informer: Informer<Pod>;
  readonly #workers = new Map<string, PodWorker>();
  #closed = false;
  #suspects: ReadonlySet<string> = new Set();

  constructor(context: PodContext, informer: Informer<Pod>) {
    this.#context = context;
    this.#informer = informer;
  }

  /** Begins to follow the API. The informer and the first look at the runtime must be complete, or orphans would be seen where there are none. */
  start(): void {
    this.#informer.addHandlers({
      add: (pod) => this.#update(pod),
      update: (pod) => this.#update(pod),
      delete: (pod) => this.#workers.get(pod.metadata.uid)?.remove(),
    });
    this.adoptOrphans();
    void this.#removeLeftovers();
    void this.sweep();
  }

  /** Something about a pod may have changed. */
  wake(uid: string): void {
    this.#workers.get(uid)?.wake();
  }

  /** Every pod looks whether its volumes are still right, and whatever else changes without telling. */
  wakeAll(): void {
    for (const worker of this.#workers.values()) worker.wake();
  }

  /** Ends what no pod and no runtime knows of; to be called now and then. */
  async sweep(): Promise<void> {
    const { cache, cgroups, logger, node } = this.#context;
    try {
      this.#suspects = await removeStrays({
        cgroups,
        parent: node.cgroupParent,
        isLive: (uid) => this.#workers.has(uid),
        isKnown: (id) => cache.ownerOf(id) !== undefined,
        suspects: this.#suspects,
        removed: (cgroup) => logger.info({ cgroup }, 'ended a container that the runtime had lost'),
      });
    } catch (err) {
      logger.warn({ err }, 'cannot look for containers that the runtime has lost');
    }
  }

  /** Pods that the runtime has and the API has not are ended. */
  adoptOrphans(): void {
    if (this.#closed) return;
    for (const { uid, namespace, name } of this.#context.cache.pods()) {
      if (this.#workers.has(uid)) continue;
      this.#context.logger.info({ pod: `${namespace}/${name}`, uid }, 'ending a pod that the API does not have');
      const worker = new PodWorker(this.#context, {
        orphan: { uid, namespace, name },
        onGone: () => this.#workers.delete(uid),
      });
      this.#workers.set(uid, worker);
      worker.wake();
    }
  }

  /** Ends the workers, not the pods. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#workers.values()].map((worker) => worker.close()));
  }

  #update(pod: Pod): void {
    if (this.#closed) return;
    const { uid } = pod.metadata;
    let worker = this.#workers.get(uid);
    if (worker === undefined) {
      const rejection = this.#isNew(pod)
        ? admit(pod, this.neighbours(uid), this.#context.node.allocatable())
        : undefined;
      worker = new PodWorker(this.#context, { pod, rejection, onGone: () => this.#workers.delete(uid) });
      this.#workers.set(uid, worker);
    }
    worker.update(pod);
  }

  /** Whether nobody has run it yet: what runs, or ran, is not turned away again. */
  #isNew({ metadata, status }: Pod): boolean {
    return (
      status.startTime === undefined &&
      metadata.deletionTimestamp === undefined &&
      this.#context.cache.get(metadata.uid) === undefined
    );
  }

  /** The other pods that have a share of the node. */
  neighbours(uid: string): readonly Pod[] {
    return this.#informer.list().filter(({ metadata, status }) => {
      const { phase } = this.#context.statuses.get(metadata.uid) ?? status;
      return metadata.uid !== uid && this.#workers.has(metadata.uid) && phase !== 'Succeeded' && phase !== 'Failed';
    });
  }

  /** What pods left behind that neither the API nor the runtime knows. */
  async #removeLeftovers(): Promise<void> {
    const { logger, node, volumes } = this.#context;
    const isLive = (uid: string): boolean => this.#workers.has(uid);
    try {
      for (const uid of await volumes.podsOnDisk()) if (!isLive(uid)) await volumes.remove(uid);
      for (const folder of await readdir(node.podLogDirectory)) {
        const uid = folder.slice(folder.lastIndexOf('_') + 1);
        if (!isLive(uid)) await rm(join(node.podLogDirectory, folder), { recursive: true, force: true });
      }
    } catch (err) {
      logger.warn({ err }, 'cannot remove all that earlier pods left behind');
    }
  }
}
