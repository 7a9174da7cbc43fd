import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureDirectory, isErrno } from '../../system/files.ts';
import type { Logger } from '../../system/logger.ts';
import { CommitQueue } from '../commit-queue.ts';
import type { HistoryLimits } from '../history.ts';
import { defaultHistoryLimits } from '../history.ts';
import { MemoryState } from '../memory-state.ts';
import { ParsedCache } from '../stored-object.ts';
import { storeOver } from '../store-over.ts';
import type { Store, StoreEvent } from '../store.ts';
import { StoreError } from '../store.ts';
import type { OpenedDisk } from './disk.ts';
import { Disk } from './disk.ts';
import { Loader } from './load.ts';
import type { Forget } from './messages.ts';
import { StoreOpenError } from './open-error.ts';
import type { Row } from './rows.ts';

export interface SqliteStoreOptions {
  /** Where the store's files are; made when missing, for this user alone. */
  readonly directory: string;
  readonly logger: Logger;
  readonly limits?: HistoryLimits;
  /** Hears, once, that the disk has failed: from then on no write is taken until the store is opened anew. */
  readonly onFailed?: () => void;
}

/** Rows that history has let go are deleted with the next write once there are so many. */
const forgetAtOnce = 256;

/** Opens the store of a folder; throws StoreOpenError, which says what to do, when it cannot. */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const { directory, logger } = options;
  const started = performance.now();
  const file = join(directory, 'store.db');
  await createFile(directory, file);
  const cache = new ParsedCache();
  const loader = new Loader(cache);
  const opened = await Disk.open(file, (row) => loader.add(row));
  const { store } = new SqliteStore({ ...options, opened, loader, cache });
  const durationMs = Math.round(performance.now() - started);
  logger.info({ file, revision: store.revision, objects: store.count(''), durationMs }, 'store opened');
  return store;
}

/** Makes the folder and an empty file that nobody else may read: objects hold secrets. */
async function createFile(directory: string, file: string): Promise<void> {
  try {
    await ensureDirectory(directory);
    // Never opened when it is there: closing it again would give up the locks that this process has on it.
    await (await open(file, 'wx', 0o600)).close();
    const folder = await open(directory, 'r');
    await folder.sync().finally(() => folder.close());
  } catch (cause) {
    if (isErrno(cause, 'EEXIST')) return;
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new StoreOpenError('unusable', file, `the store cannot be made: ${detail}`, { cause });
  }
}

interface Parts extends SqliteStoreOptions {
  readonly opened: OpenedDisk;
  readonly loader: Loader;
  readonly cache: ParsedCache;
}

class SqliteStore {
  readonly #disk: Disk;
  readonly #logger: Logger;
  readonly #onFailed: (() => void) | undefined;
  readonly #state: MemoryState;
  readonly #queue: CommitQueue;
  /** Rows on disk that nothing needs. */
  #unneeded: number[] = [];
  #closed: Promise<void> | undefined;

  constructor({ opened, loader, cache, logger, onFailed, limits = defaultHistoryLimits }: Parts) {
    const { disk, revision, compactedRevision } = opened;
    this.#disk = disk;
    this.#logger = logger;
    this.#onFailed = onFailed;
    const events = loader.eventsAfter(compactedRevision);
    this.#state = new MemoryState(
      { revision, compactedRevision, objects: loader.objects(), events },
      {
        limits,
        dropped: (dropped) => this.#dropped(dropped),
        listenerFailed: (err) => logger.error({ err }, 'a watch failed to take an event'),
      },
    );
    this.#queue = new CommitQueue(this.#state, (batch) => this.#commit(batch), cache);
    disk.onBroken((error) => this.#broken(error));
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
    await this.#write([], this.#takeUnneeded(0));
  }

  /** Refuses further writes, waits for those that were accepted, and gives the file up. */
  async #close(): Promise<void> {
    this.#queue.close(new StoreError('closed', 'the store is closed'));
    await this.#queue.drain();
    try {
      await this.#disk.close();
    } catch (err) {
      // All writes are in the log, and the next start reads it.
      this.#logger.warn({ err }, 'the store did not close in good order');
    }
  }

  /** The disk or its thread failed: nothing is written any more, what was read stays readable. */
  #broken(cause: Error): void {
    if (this.#closed !== undefined) return;
    const message = `the store has failed and takes no writes until the server starts again: ${cause.message}`;
    this.#queue.close(new StoreError('closed', message, { cause }));
    this.#logger.fatal({ err: cause }, 'the store has failed; writes are refused until the server starts again');
    this.#onFailed?.();
  }

  #commit(events: readonly StoreEvent[]): Promise<void> {
    return this.#write(events.map(asRow), this.#takeUnneeded(forgetAtOnce));
  }

  async #write(rows: readonly Row[], forget: Forget | undefined): Promise<void> {
    if (rows.length === 0 && forget === undefined) return;
    try {
      await this.#disk.write(rows, forget);
    } catch (cause) {
      this.#unneeded = [...(forget?.revisions ?? []), ...this.#unneeded];
      throw cause;
    }
  }

  /** What can be deleted now, if there are at least so many rows of it. */
  #takeUnneeded(atLeast: number): Forget | undefined {
    if (this.#unneeded.length < atLeast) return undefined;
    const revisions = this.#unneeded;
    this.#unneeded = [];
    return { revisions, compactedRevision: this.#state.compactedRevision };
  }

  #dropped(events: readonly StoreEvent[]): void {
    for (const { type, revision, previous } of events) {
      if (previous !== undefined) this.#unneeded.push(previous.revision);
      if (type === 'delete') this.#unneeded.push(revision);
    }
  }
}

function asRow({ revision, key, previous, type, current }: StoreEvent): Row {
  return { revision, key, previous: previous?.revision ?? 0, deleted: type === 'delete', json: current.json };
}
