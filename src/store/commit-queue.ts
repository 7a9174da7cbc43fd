import type { KubeObject } from '../api/object.ts';
import type { MemoryState } from './memory-state.ts';
import type { ParsedCache } from './stored-object.ts';
import { encode } from './stored-object.ts';
import type { StoredObject, StoreEvent } from './store.ts';
import { StoreError } from './store.ts';

/**
 * Makes events durable, all or none: resolves once they are on disk, rejects when they are not. Two kinds of failure
 * are not the disk's: Superseded and RefusedBatch.
 */
export type Commit = (events: readonly StoreEvent[]) => Promise<void>;

/** Another process has committed in between, and its events are in the state by now: all is to be decided anew. */
export class Superseded extends Error {
  constructor() {
    super('another process has committed in between');
    this.name = 'Superseded';
  }
}

/** These events, and only they, can never be committed: their writes are refused with `reason`. */
export class RefusedBatch extends Error {
  readonly reason: Error;
  constructor(reason: Error) {
    super(reason.message, { cause: reason });
    this.name = 'RefusedBatch';
    this.reason = reason;
  }
}

export interface BatchLimits {
  /** A commit takes at most so many writes and bytes, so that the first of many need not wait for all. */
  readonly writes: number;
  readonly bytes: number;
  /** No key twice in one commit. */
  readonly distinctKeys: boolean;
}

const usualLimits: BatchLimits = { writes: 1024, bytes: 8 << 20, distinctKeys: false };

/** What a write comes to, given what is there; StoreError when it may not be. */
type Decide = (
  present: StoredObject | undefined,
) => { readonly type: StoreEvent['type']; readonly object: KubeObject } | StoreError;

interface Write {
  readonly event: StoreEvent;
  readonly decide: Decide;
  readonly settled: Promise<StoredObject>;
  readonly resolve: (object: StoredObject) => void;
  readonly reject: (error: unknown) => void;
  /** Another write has taken this one's place, decided anew; its outcome becomes this one's. */
  replaced: boolean;
}

/**
 * Decides each write at once against what will be there when all earlier ones are on disk, and commits the writes of
 * one turn of the event loop, or of the time that the commit before took, together. When a commit fails, it and all
 * that was decided on top of it are refused, and the next write starts from what is on disk.
 */
export class CommitQueue {
  readonly #state: MemoryState;
  readonly #commit: Commit;
  readonly #cache: ParsedCache;
  readonly #limits: BatchLimits;
  /** Decided, not yet handed to a commit. */
  #waiting: Write[] = [];
  /** For each key with undecided fate the last write to it. */
  readonly #newest = new Map<string, Write>();
  #revision: number;
  #committing: Promise<void> | undefined;
  #closed: StoreError | undefined;

  constructor(state: MemoryState, commit: Commit, cache: ParsedCache, limits = usualLimits) {
    this.#state = state;
    this.#commit = commit;
    this.#cache = cache;
    this.#limits = limits;
    this.#revision = state.revision;
  }

  create(key: string, object: KubeObject): Promise<StoredObject> {
    return this.#submit(key, (present) => {
      if (present !== undefined) return new StoreError('exists', `${key} exists already`, { current: present });
      return { type: 'put', object };
    });
  }

  update(key: string, object: KubeObject, expectedRevision: number): Promise<StoredObject> {
    return this.#submit(key, (present) => {
      if (present?.revision !== expectedRevision) return conflict(key, expectedRevision, present);
      return { type: 'put', object };
    });
  }

  delete(key: string, expectedRevision: number): Promise<StoredObject> {
    return this.#submit(key, (present) => {
      if (present?.revision !== expectedRevision) return conflict(key, expectedRevision, present);
      return { type: 'delete', object: present.object };
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

  /** The state has changed by another's commit: what waits is decided anew. Not to be called while one is under way. */
  rebase(): void {
    this.#decideAgain(this.#waiting.splice(0));
  }

  async #submit(key: string, decide: Decide): Promise<StoredObject> {
    for (;;) {
      if (this.#closed !== undefined) throw this.#closed;
      const pending = this.#newest.get(key);
      const present = pending === undefined ? this.#state.get(key) : versionAfter(pending.event);
      const decision = decide(present);
      if (!(decision instanceof StoreError)) {
        const { type, object } = decision;
        return this.#add({ type, key, object, previous: present, decide }).settled;
      }
      if (pending === undefined) throw decision;
      // The refusal tells of a version that must not be known before it is on disk.
      const outcome: unknown = await pending.settled.catch((error: unknown) => error);
      if (outcome instanceof StoreError && outcome.code === 'closed') throw outcome;
      // What this was refused for may not have come to be, or not so.
      if (!(outcome instanceof Error) && !pending.replaced) throw decision;
    }
  }

  #add(write: {
    readonly type: StoreEvent['type'];
    readonly key: string;
    readonly object: KubeObject;
    readonly previous: StoredObject | undefined;
    readonly decide: Decide;
  }): Write {
    const { type, key, object, previous, decide } = write;
    const current = encode(key, object, this.#revision + 1, this.#cache);
    this.#revision += 1;
    const event: StoreEvent = { type, key, revision: this.#revision, current, previous };
    const { promise, resolve, reject } = Promise.withResolvers<StoredObject>();
    const added: Write = { event, decide, settled: promise, resolve, reject, replaced: false };
    this.#waiting.push(added);
    this.#newest.set(key, added);
    this.#committing ??= this.#run();
    return added;
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
        this.#failed(batch, cause);
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
    const { writes, bytes: mostBytes, distinctKeys } = this.#limits;
    const keys = new Set<string>();
    let bytes = 0;
    let count = 0;
    for (const { event } of this.#waiting) {
      bytes += event.current.json.length;
      if (count === writes || (count > 0 && bytes > mostBytes) || (distinctKeys && keys.has(event.key))) break;
      keys.add(event.key);
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  #failed(batch: readonly Write[], cause: unknown): void {
    if (cause instanceof Superseded) return this.#decideAgain([...batch, ...this.#waiting.splice(0)]);
    if (cause instanceof RefusedBatch) {
      for (const { reject } of batch) reject(cause.reason);
      return this.#decideAgain(this.#waiting.splice(0));
    }
    const refused = [...batch, ...this.#waiting];
    this.#waiting = [];
    this.#newest.clear();
    this.#revision = this.#state.revision;
    const detail = cause instanceof Error ? cause.message : String(cause);
    for (const { reject } of refused) {
      reject(new StoreError('closed', `the write could not be stored: ${detail}`, { cause }));
    }
  }

  /** Decides writes anew, in their order, on top of the state as it is now. */
  #decideAgain(writes: readonly Write[]): void {
    this.#newest.clear();
    this.#revision = this.#state.revision;
    for (const write of writes) {
      write.replaced = true;
      this.#submit(write.event.key, write.decide).then(write.resolve, write.reject);
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
