import type { KubeObject } from '../api/object.ts';

/** The key of an object in caches and queues: `namespace/name`, or `name` for cluster-scoped kinds. */
export function keyOf(object: {
  readonly metadata: { readonly name?: string | undefined; readonly namespace?: string | undefined };
}): string {
  const { name = '', namespace } = object.metadata;
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
}

export interface InformerHandlers<T extends KubeObject> {
  add?(object: T): void;
  update?(object: T, old: T): void;
  delete?(object: T): void;
}

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
  /** Resolves once the first list is in. */
  readonly synced: Promise<void>;
  readonly hasSynced: boolean;
  /** Runs until `signal` is aborted; survives a server that goes away and comes back. */
  start(signal: AbortSignal): Promise<void>;
}
