import type { KubeObject } from '../api/object.ts';
import { keyOf } from './object-key.ts';

/** Who hears of changes; handlers are called synchronously. */
export interface InformerHandlers<T extends KubeObject> {
  add?(object: T): void;
  update?(object: T, old: T): void;
  delete?(object: T): void;
}

/** The objects that have one value. Nearly all values have one object, for which a map would be wasteful. */
type Entry<T> = readonly [key: string, object: T] | Map<string, T>;

interface Index<T> {
  readonly values: (object: T) => readonly string[];
  readonly entries: Map<string, Entry<T>>;
}

/** The objects of one resource by key, with indexes, and the handlers that hear of each change. */
export class ObjectCache<T extends KubeObject> {
  readonly #objects = new Map<string, T>();
  readonly #indexes = new Map<string, Index<T>>();
  readonly #handlers = new Set<InformerHandlers<T>>();
  readonly #handlerFailed: (error: unknown) => void;
  #list: readonly T[] | undefined;

  /** `handlerFailed` hears of a handler's error, which then stops neither the others nor the watch. */
  constructor(handlerFailed: (error: unknown) => void) {
    this.#handlerFailed = handlerFailed;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  list(): readonly T[] {
    this.#list ??= [...this.#objects.values()];
    return this.#list;
  }

  byIndex(name: string, value: string): readonly T[] {
    const index = this.#indexes.get(name);
    if (index === undefined) throw new Error(`the informer has no index ${JSON.stringify(name)}; add it first`);
    const found = index.entries.get(value);
    if (found === undefined) return [];
    return found instanceof Map ? [...found.values()] : [found[1]];
  }

  addIndex(name: string, values: (object: T) => readonly string[]): void {
    if (this.#indexes.has(name)) throw new Error(`the informer already has an index ${JSON.stringify(name)}`);
    const index: Index<T> = { values, entries: new Map() };
    this.#indexes.set(name, index);
    for (const [key, object] of this.#objects) enter(index, key, object);
  }

  addHandlers(handlers: InformerHandlers<T>): void {
    this.#handlers.add(handlers);
    for (const object of this.list()) this.#call(() => handlers.add?.(object));
  }

  /** Takes over the newest version of an object and tells the handlers, unless nothing has changed. */
  put(object: T): void {
    const key = keyOf(object);
    const old = this.#objects.get(key);
    if (old?.metadata.resourceVersion === object.metadata.resourceVersion) return;
    // Another uid is another object: the old one's deletion was missed.
    if (old !== undefined && old.metadata.uid !== object.metadata.uid) {
      this.delete(key);
      this.put(object);
      return;
    }
    this.#replace(key, old, object);
    for (const handlers of this.#handlers) {
      this.#call(() => (old === undefined ? handlers.add?.(object) : handlers.update?.(object, old)));
    }
  }

  /** Removes an object and tells the handlers; `last` is its final version where that is known. */
  delete(key: string, last?: T): void {
    const old = this.#objects.get(key);
    if (old === undefined) return;
    this.#replace(key, old, undefined);
    for (const handlers of this.#handlers) this.#call(() => handlers.delete?.(last ?? old));
  }

  /** Makes the cache equal to a complete list: what was missed is delivered as deletes, updates and adds. */
  replaceAll(objects: readonly T[]): void {
    const kept = new Set(objects.map(keyOf));
    for (const key of this.#objects.keys()) if (!kept.has(key)) this.delete(key);
    for (const object of objects) this.put(object);
  }

  #replace(key: string, old: T | undefined, object: T | undefined): void {
    this.#list = undefined;
    for (const index of this.#indexes.values()) {
      if (old !== undefined) leave(index, key, old);
      if (object !== undefined) enter(index, key, object);
    }
    if (object === undefined) this.#objects.delete(key);
    else this.#objects.set(key, object);
  }

  #call(handler: () => void): void {
    try {
      handler();
    } catch (error) {
      this.#handlerFailed(error);
    }
  }
}

function enter<T>(index: Index<T>, key: string, object: T): void {
  for (const value of index.values(object)) {
    const entry = index.entries.get(value);
    if (entry instanceof Map) entry.set(key, object);
    else if (entry === undefined || entry[0] === key) index.entries.set(value, [key, object]);
    else index.entries.set(value, new Map([entry, [key, object]]));
  }
}

function leave<T>(index: Index<T>, key: string, object: T): void {
  for (const value of index.values(object)) {
    const entry = index.entries.get(value);
    if (entry instanceof Map) entry.delete(key);
    if (entry instanceof Map ? entry.size === 0 : entry?.[0] === key) index.entries.delete(value);
  }
}
