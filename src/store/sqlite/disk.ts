import { Worker } from 'node:worker_threads';
import type { Forget, Reply, Request } from './messages.ts';
import { StoreOpenError } from './open-error.ts';
import type { Row } from './rows.ts';
import { packRows, unpackRows } from './rows.ts';

export interface OpenedDisk {
  readonly disk: Disk;
  readonly revision: number;
  readonly compactedRevision: number;
}

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** The thread that writes, seen from the outside. */
export class Disk {
  readonly #worker: Worker;
  readonly #file: string;
  readonly #waiting: Waiting[] = [];
  readonly #opened = Promise.withResolvers<{ revision: number; compactedRevision: number }>();
  readonly #exited: Promise<void>;
  #onRow: ((row: Row) => void) | undefined;
  #onBroken: ((error: Error) => void) | undefined;
  #broken: Error | undefined;

  private constructor(file: string, onRow: (row: Row) => void) {
    this.#file = file;
    this.#onRow = onRow;
    // Without the process's own arguments: a test runner's are none of a thread's.
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: file,
      execArgv: [],
      name: 'store',
      resourceLimits: { maxYoungGenerationSizeMb: 8 },
    });
    this.#worker.on('message', (reply: Reply) => this.#receive(reply));
    this.#worker.on('error', (error) => this.#fail(error instanceof Error ? error : new Error(String(error))));
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#exited = promise;
    this.#worker.on('exit', () => {
      this.#fail(new Error('the thread that writes has ended'));
      resolve();
    });
  }

  /** Opens the file, made when there is none, and hands each row to `onRow` in order; throws StoreOpenError. */
  static async open(file: string, onRow: (row: Row) => void): Promise<OpenedDisk> {
    const disk = new Disk(file, onRow);
    try {
      return { disk, ...(await disk.#opened.promise) };
    } catch (error) {
      await disk.#worker.terminate();
      throw error;
    }
  }

  /** `listener` is told, at most once, that nothing can be written any more. */
  onBroken(listener: (error: Error) => void): void {
    if (this.#broken === undefined) this.#onBroken = listener;
    else listener(this.#broken);
  }

  /** Writes all rows or none; on disk when it resolves. */
  async write(rows: readonly Row[], forget: Forget | undefined): Promise<void> {
    const packed = packRows(rows);
    await this.#request({ type: 'write', rows: packed, forget }, [packed.bytes]);
  }

  /** Closes the file after all that was asked before, and ends the thread. */
  async close(): Promise<void> {
    if (this.#broken === undefined) await this.#request({ type: 'close' }, []);
    await this.#worker.terminate();
    await this.#exited;
  }

  #request(request: Request, transfer: ArrayBuffer[]): Promise<void> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ resolve, reject });
    this.#worker.postMessage(request, transfer);
    return promise;
  }

  #receive(reply: Reply): void {
    switch (reply.type) {
      case 'rows':
        return this.#load(reply);
      case 'opened':
        this.#onRow = undefined;
        return this.#opened.resolve(reply);
      case 'refused':
        return this.#opened.reject(new StoreOpenError(reply.code, this.#file, reply.detail));
      case 'done':
        return this.#waiting.shift()?.resolve();
      case 'failed': {
        const error = new Error(reply.detail);
        this.#waiting.shift()?.reject(error);
        if (reply.broken) this.#fail(error);
      }
    }
  }

  #load(reply: Reply & { type: 'rows' }): void {
    try {
      for (const row of unpackRows(reply.rows)) this.#onRow?.(row);
    } catch (error) {
      this.#onRow = undefined;
      this.#opened.reject(error);
    }
  }

  #fail(error: Error): void {
    if (this.#broken !== undefined) return;
    this.#broken = error;
    this.#opened.reject(error);
    for (const { reject } of this.#waiting.splice(0)) reject(error);
    this.#onBroken?.(error);
  }
}
