export interface SyncLoopOptions {
  /** Does one sync; `full` asks for everything to be sent anew. */
  readonly sync: (full: boolean) => Promise<void>;
  /** Told of each failure; the next sync, which follows by itself, is a full one. */
  readonly failed: (error: unknown, retryInMs: number) => void;
}

/** Events that belong together arrive within this time. */
const coalesceMs = 2;
/** After a sync the next waits at least this long, so that a storm of events becomes few transactions. */
const busyIntervalMs = 10;
const retryMs = { first: 200, most: 10_000 };

/**
 * Runs syncs one after another: at once after a quiet time, spaced while events keep coming, with back-off after a
 * failure. States: idle → (`request`) waiting → running → idle, or waiting where something was requested meanwhile.
 */
export class SyncLoop {
  readonly #options: SyncLoopOptions;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #requested = false;
  #full = false;
  #closed = false;
  #failures = 0;
  #lastEnd = Number.NEGATIVE_INFINITY;
  #lastDurationMs = 0;

  constructor(options: SyncLoopOptions) {
    this.#options = options;
  }

  request(full = false): void {
    if (this.#closed) return;
    this.#full ||= full;
    this.#requested = true;
    if (this.#timer === undefined && this.#running === undefined) this.#schedule();
  }

  #schedule(): void {
    const quiet = performance.now() - this.#lastEnd;
    const spacing = Math.max(busyIntervalMs, this.#lastDurationMs);
    const retry = Math.min(retryMs.most, retryMs.first * 2 ** (this.#failures - 1));
    const delay = this.#failures > 0 ? retry : Math.max(coalesceMs, spacing - quiet);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#running = this.#run().finally(() => {
        this.#running = undefined;
        if (this.#requested && !this.#closed) this.#schedule();
      });
    }, delay);
  }

  async #run(): Promise<void> {
    const full = this.#full;
    this.#requested = false;
    this.#full = false;
    const start = performance.now();
    try {
      await this.#options.sync(full);
      this.#failures = 0;
    } catch (error) {
      this.#failures += 1;
      this.#requested = true;
      this.#full = true;
      this.#options.failed(error, Math.min(retryMs.most, retryMs.first * 2 ** (this.#failures - 1)));
    }
    this.#lastEnd = performance.now();
    this.#lastDurationMs = this.#lastEnd - start;
  }

  /** Lets a running sync finish, and starts no other. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#running;
  }
}
