import type { KubeObject } from '../api/object.ts';

/** One object at one revision. Shared by every reader: nothing in it may be changed. */
export interface StoredObject {
  /** E.g. `/pods/default/web-1` or `/apps/deployments/default/web`. */
  readonly key: string;
  /** The revision that wrote this version; `metadata.resourceVersion` of `json` and `object` says the same. */
  readonly revision: number;
  /** The object's JSON text in UTF-8, encoded once; each look at it may be another Buffer over the same memory. */
  readonly json: Buffer;
  /** The parsed object, deeply frozen; may be parsed on first use. */
  readonly object: KubeObject;
}

export interface StoreEvent {
  readonly type: 'put' | 'delete';
  readonly key: string;
  readonly revision: number;
  /** After a put the new version; after a delete the last one, with `resourceVersion` set to the delete's revision. */
  readonly current: StoredObject;
  /** What was there before, absent for a create. */
  readonly previous: StoredObject | undefined;
}

export interface ListOptions {
  /** Read as of this revision; the newest when absent. Throws `compacted` when it is too old. */
  readonly revision?: number;
  /** At most so many items. */
  readonly limit?: number;
  /** Only keys behind this one: the last key of the page before. */
  readonly startAfter?: string;
}

export interface ListResult {
  readonly items: readonly StoredObject[];
  /** The revision that the answer shows. */
  readonly revision: number;
  /** How many more there are behind a page; 0 on the last. */
  readonly remaining: number;
}

/**
 * - `exists`: a create found the key taken (`current` says by what).
 * - `conflict`: an update or delete expected another revision, or the key is gone (`current` absent).
 * - `compacted`: the revision asked for is no longer kept.
 * - `future`: the revision asked for has not been written yet.
 * - `closed`: the store is shut or its disk failed; the write is not acknowledged.
 */
export type StoreErrorCode = 'exists' | 'conflict' | 'compacted' | 'future' | 'closed';

export class StoreError extends Error {
  readonly code: StoreErrorCode;
  readonly current: StoredObject | undefined;
  constructor(
    code: StoreErrorCode,
    message: string,
    options: { current?: StoredObject | undefined; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'StoreError';
    this.code = code;
    this.current = options.current;
  }
}

/**
 * Versioned objects with etcd's semantics: one revision counter for all keys, compare-and-swap writes, a watch
 * without gap or repeat. A write resolves only when it is on disk; reads and watches show only what is on disk.
 */
export interface Store {
  /** The newest revision on disk; 1 in an empty store. */
  readonly revision: number;
  /** Revisions below this one are no longer kept. */
  readonly compactedRevision: number;
  get(key: string, options?: { revision?: number }): Promise<StoredObject | undefined>;
  list(prefix: string, options?: ListOptions): Promise<ListResult>;
  /** How many keys stand under `prefix` now. */
  count(prefix: string): number;
  create(key: string, object: KubeObject): Promise<StoredObject>;
  update(key: string, object: KubeObject, expectedRevision: number): Promise<StoredObject>;
  /** Returns the object as it was last, stamped with the delete's revision. */
  delete(key: string, expectedRevision: number): Promise<StoredObject>;
  /**
   * Events after `revision`, in order, all of one commit before any of the next. `listener` is called
   * synchronously and must not throw. Throws `compacted` at once when `revision` is too old.
   */
  watch(prefix: string, revision: number, listener: (event: StoreEvent) => void): Watch;
  /** Called after each commit, when every watcher has had its events: for progress and bookmarks. */
  onCommit(listener: (revision: number) => void): Watch;
  compact(revision: number): Promise<void>;
  close(): Promise<void>;
}

export interface Watch {
  stop(): void;
}
