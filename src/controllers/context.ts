import type { ApiClient } from '../client/api-client.ts';
import type { Informer, InformerQuery } from '../client/informer.ts';
import type { InformerFactory } from '../client/informer-factory.ts';
import type { WorkQueue, ReconcileResult } from '../client/work-queue.ts';
import { runWorkers } from '../client/work-queue.ts';
import type { KubeObject } from '../api/object.ts';
import type { Resource } from '../api/resources.ts';
import type { Logger } from '../system/logger.ts';
import type { Discovery } from './discovery.ts';
import type { PlannedEvent } from './planned-event.ts';

/** What every controller works with. */
export interface ControllerContext {
  /** Speaks with the controller's own rights. */
  readonly client: ApiClient;
  readonly informers: InformerSet;
  /** What the server serves now, kinds included that nobody knew when this was written. */
  readonly discovery: Discovery;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Records an event about `object` in the name of the controller `component`. Never throws. */
  readonly record: (component: string, object: KubeObject, event: PlannedEvent) => void;
}

/** One view on each resource for all controllers, so that they share its indexes. */
export class InformerSet {
  readonly #factory: InformerFactory;
  readonly #views = new Map<string, { readonly informer: Informer<KubeObject>; readonly indexes: Set<string> }>();

  constructor(factory: InformerFactory) {
    this.#factory = factory;
  }

  /** The informer of the resource, or of those of its objects that `query` wants. */
  of<T extends KubeObject>(resource: Resource<T>, query?: InformerQuery): Informer<T> {
    return this.#view(resource, query).informer as unknown as Informer<T>;
  }

  /** The resource's informer with an index; the same name must always come with the same function. */
  indexed<T extends KubeObject>(
    resource: Resource<T>,
    index: string,
    values: (object: T) => readonly string[],
  ): Informer<T> {
    const view = this.#view(resource);
    const informer = view.informer as unknown as Informer<T>;
    if (!view.indexes.has(index)) {
      view.indexes.add(index);
      informer.addIndex(index, values);
    }
    return informer;
  }

  /** The informer on all of the resource's objects, where some controller has asked for it. */
  existing(resource: Resource): Informer<KubeObject> | undefined {
    return this.#views.get(viewKey(resource, undefined))?.informer;
  }

  /** Starts all informers asked for so far; resolves when `signal` is aborted. */
  async start(signal: AbortSignal): Promise<void> {
    await Promise.all([...this.#views.values()].map((view) => view.informer.start(signal)));
  }

  #view(
    resource: Resource,
    query?: InformerQuery,
  ): { readonly informer: Informer<KubeObject>; readonly indexes: Set<string> } {
    const key = viewKey(resource, query);
    let view = this.#views.get(key);
    if (view === undefined) {
      view = { informer: this.#factory.informer(resource, query), indexes: new Set() };
      this.#views.set(key, view);
    }
    return view;
  }
}

function viewKey({ group, version, plural }: Resource, query: InformerQuery | undefined): string {
  const { namespace = '', labelSelector = '', fieldSelector = '' } = query ?? {};
  return [group, version, plural, namespace, labelSelector, fieldSelector].join(' ');
}

interface ControllerOptions {
  readonly name: string;
  readonly queue: WorkQueue;
  /** The informers that must have their first list before anything is reconciled. */
  readonly needs: readonly Pick<Informer<KubeObject>, 'synced'>[];
  readonly workers?: number;
  readonly reconcile: (key: string) => Promise<ReconcileResult | void>;
}

/** Runs a controller's workers until the context's signal is aborted. */
export async function runController(context: ControllerContext, options: ControllerOptions): Promise<void> {
  const { signal } = context;
  const synced = await Promise.allSettled(options.needs.map((informer) => informer.synced));
  // An informer gives up only when it is told to stop.
  if (signal.aborted || synced.some(({ status }) => status === 'rejected')) return;
  await runWorkers(options.queue, {
    workers: options.workers ?? 4,
    reconcile: options.reconcile,
    signal,
    logger: context.logger.child({ controller: options.name }),
  });
}

/** Resolves when `signal` is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** The parts of a queue key. */
export function splitKey(key: string): { readonly namespace: string | undefined; readonly name: string } {
  const slash = key.indexOf('/');
  return slash < 0
    ? { namespace: undefined, name: key }
    : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
