import type { KubeObject } from '../api/object.ts';
import type { MemoryState } from './memory-state.ts';
import type { ParsedCache } from './stored-object.ts';
import { encode } from './stored-object.ts';
import type { StoredObject, StoreEvent } from './store.ts';
import { StoreError } from './store.ts';

/** Makes events durable, all or none: resolves once they are on disk, rejects when they are not. */
export type Commit = (events: readonly StoreEvent[]) => Promise<void>;

interface Write {
  readonly event: StoreEvent;
  readonly settled: Promise<StoredObject>;
  readonly resolve: (object: StoredObject) => void;
  readonly reject: (error: unknown) => void;
}

/** A commit takes at most so many writes and bytes, so that the first of many need not wait for all. */
const batchLimit = 1024;
const batchBytes = 8 << 20;

/**
 * Decides each write at once against what will be there when all earlier ones are on disk, and commits the writes of
 * one turn of the event loop, or of the time that the commit before took, together. When a commit fails, it and all
 * that was decided on top of it are refused, and the next write starts from what is on disk.
 */
export class CommitQueue {
  readonly #state: MemoryState;
  readonly #commit: Commit;
  readonly #cache: ParsedCache;
  /** Decided, not yet handed to a commit. */
  #waiting: Write[] = [];
  /** For each key with undecided fate the last write to it. */
  readonly #newest = new Map<string, Write>();
  #revision: number;
  #committing: Promise<void> | undefined;
  #closed: StoreError | undefined;

  constructor(state: MemoryState, commit: Commit, cache: ParsedCache) {
    this.#state = state;
    this.#commit = commit;
    this.#cache = cache;
    this.#revision = state.revision;
  }

  create(key: string, object: KubeObject): Promise<StoredObject> {
    return this.#decide(key, (present) => {
      if (present !== undefined) return new StoreError('exists', `${key} exists already`, { current: present });
      return this.#add('put', key, object, undefined);
    });
  }

  update(key: string, object: KubeObject, expectedRevision: number): Promise<StoredObject> {
    return this.#decide(key, (present) => {
      if (present?.revision !== expectedRevision) return conflict(key, expectedRevision, present);
      return this.#add('put', key, object, present);
    });
  }

  delete(key: string, expectedRevision: number): Promise<StoredObject> {
    return this.#decide(key, (present) => {
      if (present?.revision !== expectedRevision) return conflict(key, expectedRevision, present);
      return this.#add('delete', key, present.object, present);
    });
  }

  /** Resolves when all writes decided so far have been committed or refused. */
  async drain(): Promise<void> {
    while (this.#committing !== undefined) await this.#committing;
  }

  /** Refuses all further writes with `reason`. */
  close(reason: StoreError): void {
    this.#closed ??= reason;
  }

  async #decide(key: string, decide: (present: StoredObject | undefined) => Write | StoreError): Promise<StoredObject> {
    if (this.#closed !== undefined) throw this.#closed;
    const pending = this.#newest.get(key);
    const present = pending === undefined ? this.#state.get(key) : versionAfter(pending.event);
    const decision = decide(present);
    if (!(decision instanceof StoreError)) return decision.settled;
    // The refusal tells of a version that must not be known before it is on disk.
    await pending?.settled;
    throw decision;
  }

  #add(type: StoreEvent['type'], key: string, object: KubeObject, previous: StoredObject | undefined): Write {
    const current = encode(key, object, this.#revision + 1, this.#cache);
    this.#revision += 1;
    const event: StoreEvent = { type, key, revision: this.#revision, current, previous };
    const { promise, resolve, reject } = Promise.withResolvers<StoredObject>();
    const write: Write = { event, settled: promise, resolve, reject };
    this.#waiting.push(write);
    this.#newest.set(key, write);
    this.#committing ??= this.#run();
    return write;
  }

  async #run(): Promise<void> {
    // Whatever else this turn of the event loop brings joins the first commit.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const batch = this.#takeBatch();
      const events = batch.map(({ event }) => event);
      try {
        await this.#commit(events);
      } catch (cause) {
        this.#refuseAll(batch, cause);
        continue;
      }
      this.#state.apply(events);
      for (const write of batch) {
        const { key } = write.event;
        if (this.#newest.get(key) === write) this.#newest.delete(key);
        write.resolve(write.event.current);
      }
      // Those who were answered go first: their next writes join the next commit.
      if (this.#waiting.length < batch.length) await new Promise((resolve) => setImmediate(resolve));
    }
    this.#committing = undefined;
  }

  #takeBatch(): readonly Write[] {
    let bytes = 0;
    let count = 0;
    for (const { event } of this.#waiting) {
      bytes += event.current.json.length;
      if (count === batchLimit || (count > 0 && bytes > batchBytes)) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  #refuseAll(batch: readonly Write[], cause: unknown): void {
    const refused = [...batch, ...this.#waiting];
    this.#waiting = [];
    this.#newest.clear();
    this.#revision = this.#state.revision;
    const detail = cause instanceof Error ? cause.message : String(cause);
    for (const { reject } of refused) {
      reject(new StoreError('closed', `the write could not be stored: ${detail}`, { cause }));
    }
  }
}

function versionAfter(event: StoreEvent): StoredObject | undefined {
  return event.type === 'put' ? event.current : undefined;
}

function conflict(key: string, expected: number, present: StoredObject | undefined): StoreError {
  const found = present === undefined ? 'it is gone' : `it is at ${present.revision}`;
  return new StoreError('conflict', `${key} was expected at revision ${expected}, but ${found}`, { current: present });
}
