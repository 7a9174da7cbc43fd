import type { ApiClient } from './api-client.ts';
import type { KubeObject } from '../api/object.ts';
import type { Resource } from '../api/resources.ts';
import type { Logger } from '../system/logger.ts';
import type { Informer, InformerHandlers, InformerQuery } from './informer.ts';
import { createInformer } from './informer.ts';

/** Hands out informers that share one list and watch per resource and query within a process. */
export interface InformerFactory {
  /**
   * A view of the shared informer, with indexes and handlers of its own. Its `start(signal)` starts the shared one if
   * nobody has yet; aborting the signal takes away this view's handlers, not other views' objects.
   */
  informer<T extends KubeObject>(resource: Resource<T>, query?: InformerQuery): Informer<T>;
}

/** A factory whose watches live until `signal` is aborted. */
export function createInformerFactory(
  client: ApiClient,
  options: { readonly signal: AbortSignal; readonly logger?: Logger },
): InformerFactory {
  const { signal, logger } = options;
  const shared = new Map<string, SharedInformer<KubeObject>>();
  return {
    informer<T extends KubeObject>(resource: Resource<T>, query: InformerQuery = {}): Informer<T> {
      const { namespace, labelSelector, fieldSelector } = query;
      const id = JSON.stringify([
        resource.group,
        resource.version,
        resource.plural,
        namespace,
        labelSelector,
        fieldSelector,
      ]);
      let found = shared.get(id);
      if (found === undefined) {
        found = new SharedInformer<KubeObject>(
          createInformer(client, resource as Resource, query, logger === undefined ? {} : { logger }),
          signal,
        );
        shared.set(id, found);
      }
      return found.view() as unknown as Informer<T>;
    },
  };
}

class SharedInformer<T extends KubeObject> {
  readonly #informer: Informer<T>;
  readonly #signal: AbortSignal;
  #running: Promise<void> | undefined;
  #views = 0;

  constructor(informer: Informer<T>, signal: AbortSignal) {
    this.#informer = informer;
    this.#signal = signal;
  }

  view(): Informer<T> {
    const informer = this.#informer;
    // Two components may give different indexes the same name: each view's names are its own.
    const prefix = `${this.#views++}/`;
    let ended = false;
    const start = async (signal: AbortSignal): Promise<void> => {
      this.#running ??= informer.start(this.#signal);
      await Promise.race([this.#running, aborted(signal)]);
      ended = true;
    };
    const guarded = (handlers: InformerHandlers<T>): InformerHandlers<T> => ({
      add: (object) => (ended ? undefined : handlers.add?.(object)),
      update: (object, old) => (ended ? undefined : handlers.update?.(object, old)),
      delete: (object) => (ended ? undefined : handlers.delete?.(object)),
    });
    return {
      get: (key) => informer.get(key),
      list: () => informer.list(),
      byIndex: (index, value) => informer.byIndex(prefix + index, value),
      addIndex: (name, values) => informer.addIndex(prefix + name, values),
      addHandlers: (handlers) => informer.addHandlers(guarded(handlers)),
      synced: informer.synced,
      get hasSynced() {
        return informer.hasSynced;
      },
      start,
    };
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
