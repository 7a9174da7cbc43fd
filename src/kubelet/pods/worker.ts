import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pod } from '../../api/core/pod.schema.ts';
import { pods } from '../../api/resources.ts';
import { isStatus } from '../../api/status-error.ts';
import { isNotFound } from '../cri/errors.ts';
import type { ObservedPod } from '../runtime/observed.ts';
import { nothingObserved } from '../runtime/observed.ts';
import { podCgroup, podLogDirectory } from '../runtime/sandbox-config.ts';
import type { Rejection } from './admission.ts';
import type { PodContext } from './context.ts';
import { PodEvents } from './events.ts';
import { formatPod } from './names.ts';
import { publishStatus } from './publish.ts';
import { PodRun } from './run.ts';
import { PodStop } from './stop.ts';

/** A pod as far as the runtime's labels tell: for one that the API no longer has. */
export interface OrphanedPod {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
}

const deadlineMessage = 'Pod was active on the node longer than the specified deadline';
const longestRetryMs = 10_000;

export interface WorkerOptions {
  readonly pod?: Pod;
  readonly orphan?: OrphanedPod;
  /** Why the node does not take the pod. */
  readonly rejection?: Rejection | undefined;
  /** Called when nothing of the pod is left. */
  readonly onGone: () => void;
}

/**
 * Brings one pod to where it should be, one step at a time. It is
 * - `running` until it is deleted, has ended or has failed; then
 * - `stopping` while its containers end; then
 * - `stopped`: its last status is written, its volumes are gone. It stays so until the API deletes it; then
 * - `gone`: nothing of it is left on the node.
 */
export class PodWorker {
  readonly uid: string;
  readonly #context: PodContext;
  readonly #onGone: () => void;
  readonly #run: PodRun;
  #pod: Pod | undefined;
  #orphan: OrphanedPod;
  /** The API has no such pod any more. */
  #removed = false;
  #state: 'running' | 'stopping' | 'stopped' | 'gone' = 'running';
  #failure: { reason: string; message: string } | undefined;
  #stop: PodStop | undefined;
  /** Cuts short what a pod that ends has no use for: pulls, hooks of starting containers. */
  readonly #ending = new AbortController();
  #dirty = false;
  #working: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Infinity;
  #failures = 0;
  /** Containers are being stopped, which takes up to the pod's grace. */
  #isStopping = false;

  constructor(context: PodContext, options: WorkerOptions) {
    const { pod, orphan } = options;
    if (pod === undefined && orphan === undefined) throw new TypeError('a pod worker needs a pod');
    this.#context = context;
    this.#pod = pod;
    this.#orphan = orphan ?? {
      uid: pod?.metadata.uid ?? '',
      namespace: pod?.metadata.namespace ?? '',
      name: pod?.metadata.name ?? '',
    };
    this.uid = this.#orphan.uid;
    this.#removed = pod === undefined;
    this.#onGone = options.onGone;
    this.#run = new PodRun(context, this.#ending.signal);
    if (pod !== undefined && options.rejection !== undefined) this.#reject(pod, options.rejection);
  }

  /** The pod changed in the API. */
  update(pod: Pod): void {
    this.#pod = pod;
    const grace = pod.metadata.deletionGracePeriodSeconds;
    if (grace !== undefined) this.#stop?.hurry(grace);
    if (this.#shouldStop()) this.#ending.abort();
    this.wake();
  }

  /** The pod is no longer in the API, though its containers may still run. */
  remove(): void {
    this.#removed = true;
    this.#ending.abort();
    this.wake();
  }

  /** Something about the pod may have changed: look, and act. */
  wake(): void {
    if (this.#state === 'gone') return;
    if (this.#isStopping) this.#publishStopping();
    this.#dirty = true;
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
      if (this.#dirty) this.wake();
    });
  }

  /** Ends the worker, not the pod. Resolves when the step under way is done. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#state = 'gone';
    this.#ending.abort();
    await this.#working;
  }

  async #work(): Promise<void> {
    while (this.#dirty && this.#state !== 'gone') {
      this.#dirty = false;
      try {
        const again = await this.#step();
        this.#failures = 0;
        if (again !== undefined) this.#wakeAfter(again);
      } catch (err) {
        if (this.#ending.signal.aborted && !this.#shouldStop()) return;
        const wait = Math.min(longestRetryMs, 1000 * 2 ** this.#failures++);
        const pod = this.#pod === undefined ? this.uid : formatPod(this.#pod);
        if (!this.#ending.signal.aborted)
          this.#context.logger.warn({ err, pod, retryInMs: wait }, 'a step of a pod failed');
        this.#wakeAfter(this.#ending.signal.aborted ? 10 : wait);
      }
    }
  }

  #wakeAfter(milliseconds: number): void {
    const at = performance.now() + milliseconds;
    if (at >= this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = at;
    this.#timer = setTimeout(
      () => {
        this.#timerAt = Infinity;
        this.wake();
      },
      Math.min(milliseconds, 2 ** 31 - 1),
    );
  }

  #shouldStop(): boolean {
    if (this.#removed || this.#failure !== undefined || this.#state !== 'running') return true;
    const { metadata, status } = this.#pod ?? {};
    return metadata?.deletionTimestamp !== undefined || status?.phase === 'Succeeded' || status?.phase === 'Failed';
  }

  /** One step; how many milliseconds later to look again, where nothing else will tell. */
  async #step(): Promise<number | undefined> {
    const pod = this.#pod;
    const overdue = pod === undefined || this.#shouldStop() ? undefined : this.#untilDeadline(pod);
    if (pod !== undefined && overdue !== undefined && overdue <= 0) this.#fail(pod);
    if (pod === undefined || this.#shouldStop()) {
      await this.#end();
      return undefined;
    }
    const result = await this.#run.step(pod);
    if (result.ended) {
      this.#state = 'stopping';
      this.#ending.abort();
      this.#dirty = true;
      return undefined;
    }
    if (result.again === 'now') this.#dirty = true;
    const waits = [overdue, result.again === 'now' ? undefined : result.again].filter((wait) => wait !== undefined);
    return waits.length === 0 ? undefined : Math.min(...waits);
  }

  #untilDeadline(pod: Pod): number | undefined {
    const { activeDeadlineSeconds } = pod.spec;
    const startTime = this.#context.statuses.get(this.uid)?.startTime ?? pod.status.startTime;
    if (activeDeadlineSeconds === undefined || startTime === undefined) return undefined;
    return Date.parse(startTime) + activeDeadlineSeconds * 1000 - this.#context.now();
  }

  #reject(pod: Pod, { reason, message }: Rejection): void {
    this.#failure = { reason, message: `Pod was rejected: ${message}` };
    new PodEvents(this.#context.events, pod).warning(reason, message);
    this.#ending.abort();
  }

  #fail(pod: Pod): void {
    this.#failure = { reason: 'DeadlineExceeded', message: deadlineMessage };
    new PodEvents(this.#context.events, pod).normal('DeadlineExceeded', deadlineMessage);
    this.#ending.abort();
  }

  async #observe(): Promise<ObservedPod> {
    return this.#context.cache.refresh(this.uid);
  }

  /** Writes the status. A failure shows only in the last one: while containers run, the pod has not failed yet. */
  #publish(observed: ObservedPod, isTerminal: boolean): void {
    const pod = this.#pod;
    if (pod === undefined || this.#removed) return;
    publishStatus(this.#context, {
      pod,
      observed,
      waiting: this.#run.waiting,
      resizer: this.#run.resizer,
      isTerminal,
      failure: isTerminal ? this.#failure : undefined,
    });
  }

  /** Shows what changes while containers take their time to end: Services ask whether such a pod still serves. */
  #publishStopping(): void {
    if (this.#pod?.metadata.deletionTimestamp === undefined) return;
    const observed = this.#context.cache.get(this.uid);
    if (observed?.containers.some(({ state }) => state === 'running') === true) this.#publish(observed, false);
  }

  /** Stops what runs, writes the last status, and takes away what the API has no pod for. */
  async #end(): Promise<void> {
    if (this.#state === 'running') this.#state = 'stopping';
    this.#ending.abort();
    if (this.#state === 'stopping') {
      await this.#stopContainers();
      this.#state = 'stopped';
    }
    const deleted = this.#pod?.metadata.deletionTimestamp !== undefined;
    if (this.#state !== 'stopped' || !(deleted || this.#removed)) return;
    await this.#context.volumes.remove(this.uid);
    if (!this.#removed) await this.#deleteFromApi();
    await this.#cleanUp();
    this.#state = 'gone';
    clearTimeout(this.#timer);
    this.#context.statuses.forget(this.uid);
    this.#context.images.forget(this.uid);
    this.#onGone();
  }

  async #stopContainers(): Promise<void> {
    const { probes, runtime, statuses, volumes } = this.#context;
    let observed = await this.#observe();
    const containers = observed.containers.filter(({ state }) => state === 'running' || state === 'unknown');
    if (containers.length > 0) this.#publish(observed, false);
    probes.stopLivenessAndStartup(this.uid);
    this.#stop = new PodStop(this.#context, this.#pod, { containers, graceSeconds: this.#graceSeconds(observed) });
    this.#isStopping = true;
    try {
      await this.#stop.run();
    } finally {
      this.#isStopping = false;
    }
    for (const { id } of observed.sandboxes) await orGone(runtime.stopPodSandbox({ podSandboxId: id }));
    observed = await this.#observe();
    this.#publish(observed, true);
    probes.stop(this.uid);
    await statuses.flush(this.uid);
    await volumes.remove(this.uid);
  }

  /** What the API says, else what the pod or its containers ask for; never less than a second. */
  #graceSeconds(observed: ObservedPod): number {
    const { metadata, spec } = this.#pod ?? {};
    const asked = observed.containers
      .map((container) => container.terminationGracePeriodSeconds)
      .find((grace) => grace !== undefined);
    const own = spec?.terminationGracePeriodSeconds ?? asked ?? 30;
    return Math.max(1, metadata?.deletionGracePeriodSeconds || own);
  }

  async #deleteFromApi(): Promise<void> {
    const { name, namespace } = this.#orphan;
    try {
      await this.#context.client.delete(
        pods,
        { name, namespace },
        { gracePeriodSeconds: 0, preconditions: { uid: this.uid } },
      );
    } catch (error) {
      if (!isStatus(error, 'NotFound', 'Conflict')) throw error;
    }
  }

  async #cleanUp(): Promise<void> {
    const { cgroups, node, runtime } = this.#context;
    const observed = this.#context.cache.get(this.uid) ?? nothingObserved(this.uid, '', '');
    for (const { id } of observed.sandboxes) await orGone(runtime.removePodSandbox({ podSandboxId: id }));
    await this.#observe();
    const { uid, name, namespace } = this.#orphan;
    await rm(podLogDirectory(node.podLogDirectory, { metadata: { uid, name, namespace } as Pod['metadata'] }), {
      recursive: true,
      force: true,
    });
    // The kernel lets go of a cgroup a moment after its last process.
    for (let attempt = 0; attempt < 10 && !(await cgroups.remove(podCgroup(node.cgroupParent, uid))); attempt += 1) {
      await sleep(20);
    }
  }
}

async function orGone(answer: Promise<unknown>): Promise<void> {
  try {
    await answer;
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
