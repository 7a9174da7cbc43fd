import type { KubeObject } from '../api/object.ts';
import type { Resource } from '../api/resources.ts';
import type { ApiClient } from '../client/api-client.ts';
import type { Informer } from '../client/informer.ts';
import { createInformer } from '../client/informer.ts';
import type { Logger } from '../system/logger.ts';

export interface ObjectWatcherOptions<T extends KubeObject> {
  readonly resource: Resource<T>;
  readonly client: ApiClient;
  readonly logger: Logger;
  /** Called when a watched object has come, changed or gone. */
  readonly changed: (key: string) => void;
}

interface Watch<T extends KubeObject> {
  readonly informer: Informer<T>;
  readonly stop: AbortController;
  readonly running: Promise<void>;
}

/** A server that does not answer must not keep everything else from being served. */
const patienceMs = 2000;

/** Watches single objects of one kind: those that somebody refers to, and no others. */
export class ObjectWatcher<T extends KubeObject> {
  readonly #options: ObjectWatcherOptions<T>;
  readonly #watches = new Map<string, Watch<T>>();

  constructor(options: ObjectWatcherOptions<T>) {
    this.#options = options;
  }

  /** Watches these (`namespace/name`) from now on; resolves once all are known, or the server has been silent for 2 s. */
  async want(keys: ReadonlySet<string>): Promise<void> {
    for (const [key, { stop }] of this.#watches) {
      if (keys.has(key)) continue;
      stop.abort();
      this.#watches.delete(key);
    }
    for (const key of keys) if (!this.#watches.has(key)) this.#watches.set(key, this.#start(key));
    const waiting = [...this.#watches.values()].filter(({ informer }) => !informer.hasSynced);
    if (waiting.length === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, patienceMs);
    void Promise.allSettled(waiting.map(({ informer }) => informer.synced)).then(() => resolve());
    await promise;
    clearTimeout(timer);
  }

  get(key: string): T | undefined {
    return this.#watches.get(key)?.informer.get(key);
  }

  async close(): Promise<void> {
    const watches = [...this.#watches.values()];
    this.#watches.clear();
    for (const { stop } of watches) stop.abort();
    await Promise.all(watches.map(({ running }) => running));
  }

  #start(key: string): Watch<T> {
    const { client, logger, changed, resource } = this.#options;
    const [namespace = '', name = ''] = key.split('/');
    const informer = createInformer(
      client,
      resource,
      { namespace, fieldSelector: `metadata.name=${name}` },
      { logger },
    );
    const handler = (): void => changed(key);
    informer.addHandlers({ add: handler, update: handler, delete: handler });
    const stop = new AbortController();
    return { informer, stop, running: informer.start(stop.signal) };
  }
}
