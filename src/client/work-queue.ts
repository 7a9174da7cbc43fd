import { isStatus } from '../api/status-error.ts';
import type { Logger } from '../system/logger.ts';

/**
 * Keys waiting to be reconciled, each at most once, and never handed to two workers at a time: a key added while a
 * worker has it comes again once that worker is done. After client-go's work queue.
 */
export interface WorkQueue {
  add(key: string): void;
  /** Adds the key after `milliseconds`; of several delays for one key the earliest wins. */
  addAfter(key: string, milliseconds: number): void;
  /** Adds the key after its back-off: 5 ms, doubling with each call up to 1000 s, until `forget`. Returns the delay. */
  addRateLimited(key: string): number;
  /** The key has succeeded: its next back-off starts anew. */
  forget(key: string): void;
  /** How often the key was rate-limited since it last succeeded. */
  failures(key: string): number;
  /** How many keys are ready to be taken. */
  readonly length: number;
  /** The next key, once there is one; undefined once `signal` is aborted. Its taker must call `done`. */
  take(signal: AbortSignal): Promise<string | undefined>;
  done(key: string): void;
  /** Stops all delays; for a queue whose workers are gone. */
  clear(): void;
}

export interface WorkQueueOptions {
  readonly baseDelayMs?: number;
  readonly maxDelayMs?: number;
}

/** Node's timers end at 2^31-1 ms; a key due later than that is looked at early, which does no harm. */
const longestTimerMs = 2 ** 31 - 1;

/** An empty queue. */
export function createWorkQueue(options: WorkQueueOptions = {}): WorkQueue {
  return new KeyQueue(options.baseDelayMs ?? 5, options.maxDelayMs ?? 1_000_000);
}

class KeyQueue implements WorkQueue {
  readonly #baseDelayMs: number;
  readonly #maxDelayMs: number;
  /** Waiting keys, in the order in which they were added. */
  readonly #ready = new Set<string>();
  readonly #running = new Set<string>();
  /** Keys added again while they run. */
  readonly #again = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #delayed = new Map<string, { readonly at: number; readonly timer: NodeJS.Timeout }>();
  readonly #takers = new Set<() => void>();

  constructor(baseDelayMs: number, maxDelayMs: number) {
    this.#baseDelayMs = baseDelayMs;
    this.#maxDelayMs = maxDelayMs;
  }

  get length(): number {
    return this.#ready.size;
  }

  add(key: string): void {
    if (this.#running.has(key)) {
      this.#again.add(key);
      return;
    }
    this.#ready.add(key);
    const [taker] = this.#takers;
    taker?.();
  }

  addAfter(key: string, milliseconds: number): void {
    if (milliseconds <= 0) {
      this.add(key);
      return;
    }
    const at = performance.now() + milliseconds;
    const waiting = this.#delayed.get(key);
    if (waiting !== undefined) {
      if (waiting.at <= at) return;
      clearTimeout(waiting.timer);
    }
    const timer = setTimeout(
      () => {
        this.#delayed.delete(key);
        this.add(key);
      },
      Math.min(milliseconds, longestTimerMs),
    );
    this.#delayed.set(key, { at, timer });
  }

  addRateLimited(key: string): number {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const delay = Math.min(this.#baseDelayMs * 2 ** failures, this.#maxDelayMs);
    this.addAfter(key, delay);
    return delay;
  }

  forget(key: string): void {
    this.#failures.delete(key);
  }

  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  async take(signal: AbortSignal): Promise<string | undefined> {
    while (!signal.aborted) {
      const [key] = this.#ready;
      if (key !== undefined) {
        this.#ready.delete(key);
        this.#running.add(key);
        return key;
      }
      await this.#wake(signal);
    }
    return undefined;
  }

  done(key: string): void {
    this.#running.delete(key);
    if (this.#again.delete(key)) this.add(key);
  }

  clear(): void {
    for (const { timer } of this.#delayed.values()) clearTimeout(timer);
    this.#delayed.clear();
    this.#ready.clear();
    this.#again.clear();
  }

  #wake(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const finish = (): void => {
        this.#takers.delete(finish);
        signal.removeEventListener('abort', finish);
        resolve();
      };
      this.#takers.add(finish);
      signal.addEventListener('abort', finish);
    });
  }
}

/** What a reconcile may ask for: to be called again after so many milliseconds. */
export interface ReconcileResult {
  readonly requeueAfter?: number;
}

export interface WorkerOptions {
  /** How many keys are reconciled at a time; 1 when left out. */
  readonly workers?: number;
  /** Brings one key's objects to where they should be. What it throws is logged, and the key comes again after its back-off. */
  readonly reconcile: (key: string) => Promise<ReconcileResult | void>;
  readonly signal: AbortSignal;
  readonly logger?: Logger;
}

/** Reconciles keys of `queue` until `signal` is aborted; resolves when the last reconcile under way has ended. */
export async function runWorkers(queue: WorkQueue, options: WorkerOptions): Promise<void> {
  const workers = Array.from({ length: options.workers ?? 1 }, () => work(queue, options));
  await Promise.all(workers);
  queue.clear();
}

async function work(queue: WorkQueue, options: WorkerOptions): Promise<void> {
  for (let key = await queue.take(options.signal); key !== undefined; key = await queue.take(options.signal)) {
    try {
      await process(queue, options, key);
    } finally {
      queue.done(key);
    }
  }
}

async function process(queue: WorkQueue, options: WorkerOptions, key: string): Promise<void> {
  const { logger, reconcile, signal } = options;
  const began = performance.now();
  try {
    const result = await reconcile(key);
    queue.forget(key);
    if (result?.requeueAfter !== undefined) queue.addAfter(key, result.requeueAfter);
    logger?.debug({ key, durationMs: performance.now() - began }, 'reconciled');
  } catch (err) {
    // Work that was cut off by the shutdown has not failed.
    if (signal.aborted) return;
    const retryInMs = queue.addRateLimited(key);
    const entry = { key, err, durationMs: performance.now() - began, retryInMs };
    // A conflict is how optimistic concurrency works: somebody else was first, and the next attempt sees it.
    if (isStatus(err, 'Conflict')) logger?.debug(entry, 'the object has changed meanwhile; retrying');
    else logger?.warn(entry, 'reconcile failed; retrying');
  }
}
