import type { Pod } from '../api/core/pod.schema.ts';
import type { KubeObject } from '../api/object.ts';
import type { PodDisruptionBudget } from '../api/policy/pod-disruption-budget.schema.ts';
import type { ApiClient } from '../client/api-client.ts';
import type { EventRecorder } from '../client/event-recorder.ts';
import { createEventRecorder } from '../client/event-recorder.ts';
import type { Informer } from '../client/informer.ts';
import type { InformerFactory } from '../client/informer-factory.ts';
import { createInformerFactory } from '../client/informer-factory.ts';
import type { Logger } from '../system/logger.ts';
import { Binder } from './binder.ts';
import { SchedulerCache } from './cache.ts';
import type { SchedulerInformers } from './informers.ts';
import { clusterView, schedulerInformers } from './informers.ts';
import { listen } from './listen.ts';
import { describe } from './messages.ts';
import { place } from './place.ts';
import { Nominations } from './preemption/nominations.ts';
import { Preemptor } from './preemption/preemptor.ts';
import { SchedulingQueue } from './queue.ts';
import { reportUnschedulable } from './report.ts';

export interface SchedulerOptions {
  readonly client: ApiClient;
  readonly logger: Logger;
  /** Shared with other components of the process where given. */
  readonly informers?: InformerFactory;
  readonly recorder?: EventRecorder;
}

/** How many pods are placed in one turn of the event loop. */
const podsPerTurn = 20;

/** Gives every pod that asks for `default-scheduler` a node; runs until `signal` is aborted. */
export async function startScheduler(options: SchedulerOptions, signal: AbortSignal): Promise<void> {
  const { client, logger } = options;
  const factory = options.informers ?? createInformerFactory(client, { signal, logger });
  const recorder = options.recorder ?? createEventRecorder(client, { component: 'default-scheduler', logger });
  const informers = schedulerInformers(factory);
  const cache = new SchedulerCache();
  const turns = new Turns(() => tryNext());
  const queue = new SchedulingQueue({ onReady: () => turns.request() });
  const cluster = clusterView(cache, informers);
  const nominations = new Nominations();
  const budgets = (): readonly PodDisruptionBudget[] => informers.budgets.list();
  const preemptor = new Preemptor({ client, recorder, logger, nominations, budgets });
  const binder = new Binder({ client, cache, queue, recorder, logger, informers, signal });

  function tryNext(): boolean {
    const pod = queue.take();
    if (pod === undefined) return false;
    if (isSettled(pod, informers)) {
      queue.done(pod.metadata.uid);
      return true;
    }
    const view = nominations.viewFor(pod, cluster);
    const placement = place(pod, view);
    if (placement.node !== undefined) {
      nominations.delete(pod.metadata.uid);
      cache.assume(pod, placement.node);
      void binder.bind(pod, placement.node);
      return true;
    }
    const verdict = preemptor.consider(pod, view, placement.resolvable);
    const message = describe(placement.diagnosis, verdict);
    queue.failed(pod.metadata.uid, placement.rejectedBy);
    const makesRoom = verdict === 'found' || verdict === 'under-way';
    const nominatedNode = makesRoom ? nominations.nodeOf(pod) : undefined;
    void reportUnschedulable({ client, recorder, logger }, pod, { message, nominatedNode });
    return true;
  }

  listen(informers, { cache, queue, nominations });
  const all: readonly Informer<KubeObject>[] = Object.values(informers) as Informer<KubeObject>[];
  const running = Promise.all(all.map((informer) => informer.start(signal)));
  const synced = await Promise.allSettled(all.map((informer) => informer.synced));
  if (synced.every(({ status }) => status === 'fulfilled')) turns.open();
  await running;
  turns.close();
  queue.clear();
}

/** True for a pod that needs no node any more, or has one already. */
function isSettled(pod: Pod, informers: SchedulerInformers): boolean {
  const newest = informers.pods.get(`${pod.metadata.namespace}/${pod.metadata.name}`);
  if (newest === undefined || newest.metadata.uid !== pod.metadata.uid) return true;
  return newest.metadata.deletionTimestamp !== undefined || (newest.spec.nodeName ?? '') !== '';
}

/** Runs `step` while it returns true, a bounded number of times each turn of the event loop, once opened. */
class Turns {
  readonly #step: () => boolean;
  #open = false;
  #requested = false;
  #scheduled = false;

  constructor(step: () => boolean) {
    this.#step = step;
  }

  request(): void {
    this.#requested = true;
    if (!this.#open || this.#scheduled) return;
    this.#scheduled = true;
    // In a microtask, and not at once: the handlers of one event must all have run before a pod is placed.
    queueMicrotask(() => this.#run());
  }

  open(): void {
    this.#open = true;
    if (this.#requested) this.request();
  }

  close(): void {
    this.#open = false;
  }

  #run(): void {
    this.#scheduled = false;
    for (let count = 0; count < podsPerTurn && this.#open; count++) if (!this.#step()) return;
    if (!this.#open || this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#run());
  }
}
