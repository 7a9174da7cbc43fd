export interface SerialLoopOptions {
  readonly run: () => Promise<void>;
  /** Told of each failure; the next run follows by itself. */
  readonly failed: (error: unknown, retryInMs: number) => void;
  /** How long events are collected before a run, in milliseconds. */
  readonly coalesceMs: number;
}

const retryMs = { first: 200, most: 10_000 };

/**
 * Runs one job again and again, never twice at a time: soon after `request`, with back-off after a failure.
 * States: idle → (`request`) waiting → running → idle, or waiting where it was requested meanwhile.
 */
export class SerialLoop {
  readonly #options: SerialLoopOptions;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #requested = false;
  #closed = false;
  #failures = 0;

  constructor(options: SerialLoopOptions) {
    this.#options = options;
  }

  request(): void {
    if (this.#closed) return;
    this.#requested = true;
    if (this.#running === undefined && this.#timer === undefined) this.#schedule(this.#options.coalesceMs);
  }

  #schedule(delayMs: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#requested = false;
      this.#running = this.#run();
    }, delayMs);
  }

  async #run(): Promise<void> {
    let delayMs = this.#options.coalesceMs;
    try {
      await this.#options.run();
      this.#failures = 0;
    } catch (error) {
      delayMs = Math.min(retryMs.most, retryMs.first * 2 ** this.#failures);
      this.#failures += 1;
      this.#requested = true;
      if (!this.#closed) this.#options.failed(error, delayMs);
    }
    this.#running = undefined;
    if (this.#requested && !this.#closed) this.#schedule(delayMs);
  }

  /** Lets a run that is under way finish, and starts no other. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#running;
  }
}
