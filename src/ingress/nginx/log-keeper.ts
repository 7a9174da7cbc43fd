import { copyFile, stat, truncate } from 'node:fs/promises';
import { isErrno } from '../../system/files.ts';
import type { Logger } from '../../system/logger.ts';

const mostBytes = 20 * 1024 ** 2;
const lookEveryMs = 10_000;

/**
 * Keeps a log of requests small until `signal` is aborted: one that has grown large is set aside as `.1`, in place of
 * the one before. It is emptied where it is, since nginx's workers may not open it anew; lines that come while it is
 * copied may be lost.
 */
export function keepLogSmall(file: string, { logger, signal }: { logger: Logger; signal: AbortSignal }): void {
  const timer = setInterval(() => {
    void look(file).catch((err: unknown) => logger.warn({ err, file }, 'cannot set the log of requests aside'));
  }, lookEveryMs).unref();
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}

async function look(file: string): Promise<void> {
  try {
    if ((await stat(file)).size < mostBytes) return;
    await copyFile(file, `${file}.1`);
    await truncate(file);
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}
