export interface SyncLoopOptions {
  /** Does one sync; `full` asks for everything to be sent anew. */
  readonly sync: (full: boolean) => Promise<void>;
  /** Told of each failure; the next sync, which follows by itself, is a full one. */
  readonly failed: (error: unknown, retryInMs: number) => void;
}

/**
 * After a sync the next waits as long as that one took, within these bounds: a storm of events becomes few transactions,
 * which take half of the time at most, and what comes after a full sync does not wait for seconds.
 */
const spacingMs = { least: 5, most: 50 };
const retryMs = { first: 200, most: 10_000 };

/**
 * Runs syncs one after another: after a quiet time with the next turn of the event loop, by which what one message of a
 * watch brought is known; spaced while events keep coming; with back-off after a failure. States: idle → (`request`)
 * waiting → running → idle, or waiting where something was requested meanwhile.
 */
export class SyncLoop {
  readonly #options: SyncLoopOptions;
  /** Takes back what waits. */
  #cancel: (() => void) | undefined;
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
    if (this.#cancel === undefined && this.#running === undefined) this.#schedule();
  }

  #schedule(): void {
    const quiet = performance.now() - this.#lastEnd;
    const spacing = Math.min(spacingMs.most, Math.max(spacingMs.least, this.#lastDurationMs));
    const retry = Math.min(retryMs.most, retryMs.first * 2 ** (this.#failures - 1));
    const delay = this.#failures > 0 ? retry : spacing - quiet;
    const start = (): void => {
      this.#cancel = undefined;
      this.#running = this.#run().finally(() => {
        this.#running = undefined;
        if (this.#requested && !this.#closed) this.#schedule();
      });
    };
    if (delay > 0) {
      const timer = setTimeout(start, delay);
      this.#cancel = () => clearTimeout(timer);
    } else {
      const turn = setImmediate(start);
      this.#cancel = () => clearImmediate(turn);
    }
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
    this.#cancel?.();
    this.#cancel = undefined;
    await this.#running;
  }
}
