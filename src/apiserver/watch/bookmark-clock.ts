import type { Store, Watch } from '../../store/store.ts';

const everyMs = 60_000;

/** Tells watchers about once a minute how far the store has come. Ticks only while somebody listens. */
export class BookmarkClock {
  readonly #listeners = new Set<(revision: number) => void>();
  readonly #commits: Watch;
  #timer: NodeJS.Timeout | undefined;
  #revision: number;

  constructor(store: Store) {
    this.#revision = store.revision;
    this.#commits = store.onCommit((revision) => {
      this.#revision = revision;
    });
  }

  /** Every watcher has been told of all changes up to here. */
  get revision(): number {
    return this.#revision;
  }

  /** Calls `listener` until it is removed. */
  add(listener: (revision: number) => void): void {
    this.#listeners.add(listener);
    this.#timer ??= setInterval(() => {
      for (const each of this.#listeners) each(this.#revision);
    }, everyMs).unref();
  }

  remove(listener: (revision: number) => void): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  close(): void {
    this.#commits.stop();
    clearInterval(this.#timer);
  }
}
