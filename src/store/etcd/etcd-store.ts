import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { StatusError } from '../../api/status-error.ts';
import type { Logger } from '../../system/logger.ts';
import type { BatchLimits } from '../commit-queue.ts';
import { CommitQueue, RefusedBatch, Superseded } from '../commit-queue.ts';
import type { HistoryLimits } from '../history.ts';
import { defaultHistoryLimits } from '../history.ts';
import { MemoryState } from '../memory-state.ts';
import { encode, ParsedCache } from '../stored-object.ts';
import { storeOver } from '../store-over.ts';
import type { Store, StoredObject, StoreEvent } from '../store.ts';
import { StoreError } from '../store.ts';
import type { SeenCommit } from './commits.ts';
import { followCommits } from './commits.ts';
import type { EtcdEndpoints } from './connection.ts';
import { EtcdConnection } from './connection.ts';
import { CompactedError, EtcdError, isCompacted, isPassing, isTooLarge, textOf } from './errors.ts';
import { HistoryMap } from './history-map.ts';
import { initialState, objectOf } from './initial-state.ts';
import { Layout } from './layout.ts';
import type { Snapshot } from './load.ts';
import { loadSnapshot } from './load.ts';
import { commitRequest, headOfFailure } from './transaction.ts';

export interface EtcdStoreOptions extends EtcdEndpoints {
  readonly logger: Logger;
  /** What all keys of the store begin with; `/coxswain` when left out. */
  readonly prefix?: string;
  readonly limits?: HistoryLimits;
  /** Hears, once, that the store has lost touch with etcd's history: it must be opened anew. */
  readonly onFailed?: () => void;
}

/** Below etcd's own limits, 128 operations (`--max-txn-ops`) and 1.5 MiB, with room for keys. */
const batchLimits: BatchLimits = { writes: 100, bytes: 1 << 20, distinctKeys: true };
/** So long a write waits for an etcd that does not answer. */
const writePatienceMs = 10_000;
const longestPauseMs = 2000;

/** Opens the store in an etcd, which other processes may have open, too. Throws EtcdError when that cannot be. */
export async function openEtcdStore(options: EtcdStoreOptions): Promise<Store> {
  const started = performance.now();
  const { logger, prefix = '/coxswain', limits = defaultHistoryLimits } = options;
  const connection = new EtcdConnection(options);
  const layout = new Layout(prefix);
  try {
    const snapshot = await loadSnapshot({ connection, layout, maxEvents: limits.maxEvents });
    const { store } = new EtcdStore({ ...options, limits, connection, layout, snapshot });
    const durationMs = Math.round(performance.now() - started);
    const about = { etcd: connection.url, revision: store.revision, objects: store.count(''), durationMs };
    logger.info(about, 'store opened');
    return store;
  } catch (cause) {
    connection.close();
    if (cause instanceof EtcdError) throw cause;
    throw new EtcdError(`the store in etcd at ${connection.url} cannot be opened: ${textOf(cause)}`, { cause });
  }
}

interface Parts extends EtcdStoreOptions {
  readonly limits: HistoryLimits;
  readonly connection: EtcdConnection;
  readonly layout: Layout;
  readonly snapshot: Snapshot;
}

class EtcdStore {
  readonly #connection: EtcdConnection;
  readonly #layout: Layout;
  readonly #logger: Logger;
  readonly #onFailed: (() => void) | undefined;
  readonly #cache = new ParsedCache();
  readonly #state: MemoryState;
  readonly #queue: CommitQueue;
  readonly #history: HistoryMap;
  /** Tells this process's commits from those of others, and of itself before it was started anew. */
  readonly #process = randomBytes(9).toString('base64url');
  #commits = 0;
  /** Etcd's revision of the newest commit that the state has; 0 when there is none. */
  #headRevision: number;
  /** Up to where etcd's changes have been heard of. */
  #heard: number;
  /** Commits that were heard of and are not in the state, oldest first. */
  #held: SeenCommit[] = [];
  #committing = false;
  #onHeld: (() => void) | undefined;
  readonly #stop = new AbortController();
  readonly #following: Promise<void>;
  #closed: Promise<void> | undefined;

  constructor({ connection, layout, logger, limits, snapshot, onFailed }: Parts) {
    this.#connection = connection;
    this.#layout = layout;
    this.#logger = logger;
    this.#onFailed = onFailed;
    this.#headRevision = snapshot.head === undefined ? 0 : snapshot.etcdRevision;
    this.#heard = snapshot.etcdRevision;
    this.#history = new HistoryMap(snapshot.compactedRevision, performance.now());
    for (const { revision, etcdRevision } of snapshot.commits) this.#history.add(revision, etcdRevision);
    this.#state = new MemoryState(initialState(snapshot, this.#cache), {
      limits,
      dropped: () => undefined,
      listenerFailed: (err) => logger.error({ err }, 'a watch failed to take an event'),
    });
    this.#queue = new CommitQueue(this.#state, (events) => this.#commit(events), this.#cache, batchLimits);
    this.#following = this.#follow();
  }

  /** The store itself. */
  get store(): Store {
    const [state, queue] = [this.#state, this.#queue];
    return storeOver({
      state,
      queue,
      compact: (revision) => this.#compact(revision),
      close: () => (this.#closed ??= this.#close()),
    });
  }

  async #compact(revision: number): Promise<void> {
    this.#state.compact(revision);
    const etcdRevision = this.#history.take(this.#state.compactedRevision);
    if (etcdRevision !== undefined) await this.#compactEtcd(etcdRevision);
  }

  /** Refuses further writes, waits for those that were accepted, and hangs up. */
  async #close(): Promise<void> {
    this.#queue.close(new StoreError('closed', 'the store is closed'));
    await this.#queue.drain();
    this.#stop.abort();
    await this.#following;
    this.#connection.close();
  }

  /** One transaction, which etcd carries out only if nobody has committed since the state was what it is. */
  async #commit(events: readonly StoreEvent[]): Promise<void> {
    const turn = (this.#commits += 1);
    const batch = `${this.#process}.${turn}`;
    try {
      // Others' commits that have been heard of come first.
      if (this.#takeHeld() > 0) throw new Superseded();
      this.#committing = true;
      const request = commitRequest(this.#layout, { events, batch, headRevision: this.#headRevision });
      const answer = await this.#connection.call((kv, options) => kv.txn(request, options), writePatienceMs);
      if (answer.succeeded) this.#committed(events, Number(answer.header?.revision ?? 0n));
      else await this.#catchUp(events, batch, headOfFailure(answer));
    } catch (cause) {
      if (!isTooLarge(cause)) throw cause;
      const text = 'etcdserver: request is too large';
      throw new RefusedBatch(new StatusError('RequestEntityTooLarge', text, {}, { cause }));
    } finally {
      // The queue takes this commit over first; what has been heard of meanwhile is behind it.
      setImmediate(() => (turn === this.#commits ? this.#settle() : undefined));
    }
  }

  #committed(events: readonly StoreEvent[], etcdRevision: number): void {
    this.#headRevision = etcdRevision;
    this.#history.add(events.at(-1)?.revision ?? this.#state.revision, etcdRevision);
  }

  #settle(): void {
    this.#committing = false;
    try {
      if (this.#takeHeld() > 0) this.#queue.rebase();
    } catch (error) {
      this.#fail(error);
    }
    this.#compactWhenDue();
  }

  /**
   * Etcd has refused a commit, since there has been another. It may have been this very one, when its answer was lost;
   * otherwise all up to `head` is taken over, and Superseded thrown.
   */
  async #catchUp(events: readonly StoreEvent[], batch: string, head: number): Promise<void> {
    await this.#hears(head);
    for (let commit = this.#held[0]; commit !== undefined; commit = this.#held[0]) {
      this.#held.shift();
      if (commit.etcdRevision <= this.#headRevision) continue;
      if (commit.batch === batch) return this.#committed(events, commit.etcdRevision);
      this.#takeOver(commit);
    }
    throw new Superseded();
  }

  /** Resolves when etcd's changes up to a revision have been heard of. */
  async #hears(etcdRevision: number): Promise<void> {
    const deadline = AbortSignal.timeout(writePatienceMs);
    while (this.#heard < etcdRevision) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      this.#onHeld = resolve;
      const late = (): void => reject(new EtcdError(`etcd at ${this.#connection.url} does not tell of its changes`));
      deadline.addEventListener('abort', late, { once: true });
      await promise.finally(() => deadline.removeEventListener('abort', late));
    }
  }

  /** Brings others' commits into the state; returns how many there were. */
  #takeHeld(): number {
    let count = 0;
    for (const commit of this.#held.splice(0)) {
      // This process's own are in the state already.
      if (commit.etcdRevision <= this.#headRevision) continue;
      this.#takeOver(commit);
      count += 1;
    }
    return count;
  }

  #takeOver(commit: SeenCommit): void {
    const previous = new Map<string, StoredObject | undefined>();
    const events = commit.changes.map(({ key, revision, value }): StoreEvent => {
      const before = previous.has(key) ? previous.get(key) : this.#state.get(key);
      if (value !== undefined) {
        const current = objectOf(key, value, this.#cache);
        previous.set(key, current);
        return { type: 'put', key, revision, current, previous: before };
      }
      if (before === undefined) throw new EtcdError(`etcd told of the deletion of ${key}, which is not there`);
      previous.set(key, undefined);
      return {
        type: 'delete',
        key,
        revision,
        current: encode(key, before.object, revision, this.#cache),
        previous: before,
      };
    });
    this.#headRevision = commit.etcdRevision;
    this.#history.add(commit.revision, commit.etcdRevision);
    this.#state.apply(events);
  }

  /** Hears of all commits from now on, over as many connections as it takes. */
  async #follow(): Promise<void> {
    const { signal } = this.#stop;
    for (let pause = 0; !signal.aborted; pause = Math.min(pause * 2 + 50, longestPauseMs)) {
      try {
        const options = { connection: this.#connection, layout: this.#layout, withPrevious: false, signal };
        const onStarted = (): void => void (pause = 0);
        for await (const commit of followCommits({ ...options, from: this.#heard + 1, onStarted })) this.#hear(commit);
      } catch (error) {
        if (signal.aborted) return;
        if (!isPassing(error)) return this.#fail(error);
        this.#logger.warn({ err: textOf(error), etcd: this.#connection.url }, 'Lost touch with etcd; trying again');
        this.#connection.next();
      }
      await setTimeout(pause, undefined, { signal }).catch(() => undefined);
    }
  }

  #hear(commit: SeenCommit): void {
    if (!commit.isWhole) throw new CompactedError(commit.etcdRevision);
    this.#heard = commit.etcdRevision;
    this.#held.push(commit);
    this.#onHeld?.();
    if (!this.#committing && this.#takeHeld() > 0) this.#queue.rebase();
  }

  /** What happened in etcd cannot be followed any more: what was read stays readable, and nothing is written. */
  #fail(cause: unknown): void {
    const message = `the store has lost touch with etcd and takes no writes until the server starts again: ${textOf(cause)}`;
    this.#queue.close(new StoreError('closed', message, { cause }));
    this.#logger.fatal(
      { err: cause },
      'the store has lost touch with etcd; writes are refused until the server starts again',
    );
    this.#onFailed?.();
  }

  #compactWhenDue(): void {
    const etcdRevision = this.#history.due(this.#state.compactedRevision, performance.now());
    if (etcdRevision === undefined || this.#stop.signal.aborted) return;
    this.#compactEtcd(etcdRevision).catch((error: unknown) => {
      this.#logger.warn({ err: textOf(error) }, 'etcd could not be compacted');
    });
  }

  async #compactEtcd(etcdRevision: number): Promise<void> {
    try {
      const revision = BigInt(etcdRevision);
      await this.#connection.call((kv, options) => kv.compact({ revision }, options), writePatienceMs);
    } catch (error) {
      // Somebody else has been there.
      if (!isCompacted(error)) throw error;
    }
  }
}
