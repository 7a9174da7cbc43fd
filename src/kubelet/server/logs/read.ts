import { open, realpath } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { HttpError } from '../http-error.ts';
import { FileWatch } from './file-watch.ts';
import { LineReader } from './line-reader.ts';
import type { LogOptions } from './options.ts';
import { tailStart } from './tail.ts';
import { LogWriter } from './writer.ts';

export interface ReadLogOptions {
  readonly path: string;
  readonly options: LogOptions;
  /** Resolves when the container writes no more; called only where the log is followed. */
  readonly ended: (signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
}

async function openLog(path: string): Promise<{ readonly path: string; readonly file: FileHandle }> {
  try {
    const real = await realpath(path);
    return { path: real, file: await open(real, 'r') };
  } catch (error) {
    const text = `failed to open log file ${JSON.stringify(path)}: ${(error as Error).message}`;
    throw new HttpError(400, text, { cause: error });
  }
}

/**
 * A container's log as the caller asked for it, in pieces. Without `follow` it ends with the file; with it, when the
 * container has ended and everything is read, over rotations. Throws HttpError 400 when there is no file.
 */
export async function* readLog({ path, options, ended, signal }: ReadLogOptions): AsyncGenerator<Buffer> {
  const log = await openLog(path);
  await using reader = new LineReader(log.path, log.file, await rangeOf(log.file, options));
  const writer = new LogWriter(options);
  using watch = options.follow ? new FileWatch(log.path) : undefined;
  using container = options.follow ? new ContainerWatch(ended, signal, () => watch?.poke()) : undefined;
  while (!signal.aborted && !writer.isFull) {
    // Looked at before the file is: what was written until the end is read.
    const hasEnded = container?.hasEnded ?? true;
    const lines = await reader.next();
    const piece = writer.render(lines ?? (hasEnded ? reader.rest() : []));
    if (piece.length > 0) yield piece;
    if (lines !== undefined || (container !== undefined && (await reader.findSuccessor()))) continue;
    if (hasEnded) return;
    await watch?.wait();
  }
}

/** What to read: a log that is not followed ends where it ends now, or its last lines would be more than asked for. */
async function rangeOf(file: FileHandle, { tailLines, follow }: LogOptions): Promise<{ offset: number; end?: number }> {
  if (tailLines === undefined) return { offset: 0 };
  const { size } = await file.stat();
  const offset = await tailStart(file, size, tailLines);
  return follow ? { offset } : { offset, end: size };
}

/** Knows whether a container has ended; calls `wake` when it does, or when the reader has gone. */
class ContainerWatch implements Disposable {
  hasEnded = false;
  readonly #done = new AbortController();

  constructor(ended: (signal: AbortSignal) => Promise<void>, signal: AbortSignal, wake: () => void) {
    const until = AbortSignal.any([signal, this.#done.signal]);
    until.addEventListener('abort', wake, { once: true });
    void ended(until).then(() => {
      this.hasEnded = true;
      wake();
    });
  }

  [Symbol.dispose](): void {
    this.#done.abort();
  }
}
