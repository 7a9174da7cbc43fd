import type { Store, Watch } from '../../store/store.ts';
import { StoreError } from '../../store/store.ts';
import type { Logger } from '../../system/logger.ts';
import { prefixOf } from './keys.ts';

/** Upstream keeps an Event for an hour after it was written last. */
const keptMs = 60 * 60 * 1000;
const everyMs = 60_000;
/** Deleted in one go, so that a flood of old events does not hold up everybody else's writes. */
const atOnce = 500;

interface Entry {
  readonly revision: number;
  readonly at: number;
}

/** Deletes Events that are old, so that they do not pile up. */
export class EventExpiry {
  readonly #store: Store;
  readonly #logger: Logger;
  /** By key, the one written longest ago first. */
  readonly #entries = new Map<string, Entry>();
  #watch: Watch | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(store: Store, logger: Logger) {
    this.#store = store;
    this.#logger = logger;
  }

  /** Reads which Events there are; when a server starts, all of them have their hour. */
  async start(): Promise<void> {
    const prefix = prefixOf({ group: '', plural: 'events', namespaced: true });
    const { items, revision } = await this.#store.list(prefix);
    for (const item of items) this.#note(item.key, item.revision, Date.now());
    this.#watch = this.#store.watch(prefix, revision, (event) => {
      if (event.type === 'delete') this.#entries.delete(event.key);
      else this.#note(event.key, event.revision, Date.now());
    });
    this.#timer = setInterval(() => void this.expire(Date.now()), everyMs).unref();
  }

  stop(): void {
    this.#watch?.stop();
    clearInterval(this.#timer);
  }

  #note(key: string, revision: number, at: number): void {
    this.#entries.delete(key);
    this.#entries.set(key, { revision, at });
  }

  /** Deletes what was written last more than an hour before `now`, in milliseconds. */
  async expire(now: number): Promise<void> {
    const old: [string, Entry][] = [];
    for (const entry of this.#entries) {
      if (entry[1].at > now - keptMs || old.length >= atOnce) break;
      old.push(entry);
    }
    await Promise.all(old.map(([key, { revision }]) => this.#delete(key, revision)));
  }

  async #delete(key: string, revision: number): Promise<void> {
    try {
      await this.#store.delete(key, revision);
    } catch (err) {
      // It was written again, or is gone: either way it is not this one's business any more.
      if (err instanceof StoreError && err.code === 'conflict') return;
      this.#logger.warn({ err, key }, 'Old event could not be deleted');
    }
  }
}
