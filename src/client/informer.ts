import type { ApiClient } from './api-client.ts';
import type { KubeObject } from '../api/object.ts';
import type { Resource } from '../api/resources.ts';
import type { Logger } from '../system/logger.ts';
import type { InformerHandlers } from './object-cache.ts';
import { ObjectCache } from './object-cache.ts';
import type { InformerQuery } from './reflector.ts';
import { reflect } from './reflector.ts';

export type { InformerHandlers } from './object-cache.ts';
export { keyOf } from './object-key.ts';
export type { InformerQuery } from './reflector.ts';

/** A local, always current copy of a resource's objects, kept by list and watch. Its objects are read-only. */
export interface Informer<T extends KubeObject> {
  get(key: string): T | undefined;
  list(): readonly T[];
  /** The objects for which the index function gave `value`. */
  byIndex(index: string, value: string): readonly T[];
  /** Each handler first sees all present objects as `add`. Handlers are called synchronously and must not throw. */
  addHandlers(handlers: InformerHandlers<T>): void;
  /** Index functions return the values under which an object is found. Add them before `start`. */
  addIndex(name: string, values: (object: T) => readonly string[]): void;
  /** Resolves once the first list is in; rejects when `start`'s signal is aborted before that. */
  readonly synced: Promise<void>;
  readonly hasSynced: boolean;
  /** Runs until `signal` is aborted; survives a server that goes away and comes back. */
  start(signal: AbortSignal): Promise<void>;
}

export interface InformerOptions<T extends KubeObject> {
  readonly logger?: Logger;
  /** Reduces each object to what shall be kept in memory. It must keep the metadata's name, namespace, uid and resourceVersion. */
  readonly transform?: (object: T) => T;
}

/** Field ownership is a third of a typical object, and no component looks at it. */
function withoutManagedFields<T extends KubeObject>(object: T): T {
  if (object.metadata.managedFields === undefined) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/**
 * An informer on `resource`, or on those of its objects that match `query`. Objects are kept without managedFields.
 * Nothing happens before `start`.
 */
export function createInformer<T extends KubeObject>(
  client: ApiClient,
  resource: Resource<T>,
  query: InformerQuery = {},
  options: InformerOptions<T> = {},
): Informer<T> {
  const { logger, transform } = options;
  const cache = new ObjectCache<T>((error) => {
    // Without a logger the fault must surface all the same, and must not break the watch.
    if (logger === undefined)
      queueMicrotask(() => {
        throw error;
      });
    else logger.error({ resource: resource.plural, err: error }, 'an informer handler threw');
  });
  const synced = Promise.withResolvers<void>();
  // A caller that never awaits `synced` must not die of its rejection.
  synced.promise.catch(() => undefined);
  let hasSynced = false;
  let running: Promise<void> | undefined;
  const reflectUntil = async (signal: AbortSignal): Promise<void> => {
    await reflect(
      {
        client,
        resource,
        query,
        cache,
        logger,
        transform: (object) => {
          const small = withoutManagedFields(object);
          return transform === undefined ? small : transform(small);
        },
        listed: () => {
          hasSynced = true;
          synced.resolve();
        },
      },
      signal,
    );
    synced.reject(signal.reason);
  };
  return {
    get: (key) => cache.get(key),
    list: () => cache.list(),
    byIndex: (index, value) => cache.byIndex(index, value),
    addHandlers: (handlers) => cache.addHandlers(handlers),
    addIndex: (name, values) => cache.addIndex(name, values),
    synced: synced.promise,
    get hasSynced() {
      return hasSynced;
    },
    start(signal) {
      if (running !== undefined) throw new Error(`the informer on ${resource.plural} has been started before`);
      running = reflectUntil(signal);
      return running;
    },
  };
}
