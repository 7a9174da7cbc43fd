import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pause } from '../../client/back-off.ts';
import { isErrno } from '../../system/files.ts';
import type { Logger } from '../../system/logger.ts';
import type { RuntimeClient } from '../cri/connection.ts';
import type { PodCache } from './pod-cache.ts';

export interface LogRotationOptions {
  readonly runtime: RuntimeClient;
  readonly cache: PodCache;
  readonly logger: Logger;
  readonly now: () => number;
  readonly maxBytes?: number;
  readonly maxFiles?: number;
  readonly everyMs?: number;
}

/** Keeps the logs of running containers from growing without end, until `signal` is aborted. */
export async function rotateLogs(options: LogRotationOptions, signal: AbortSignal): Promise<void> {
  const { cache, logger, maxBytes = 10 * 1024 * 1024, everyMs = 10_000 } = options;
  while (await pause(everyMs, signal)) {
    for (const { id, state, logPath } of cache.pods().flatMap(({ containers }) => containers)) {
      if (state !== 'running' || logPath === '' || signal.aborted) continue;
      try {
        if ((await sizeOf(logPath)) > maxBytes) await rotate(options, id, logPath);
      } catch (err) {
        if (!signal.aborted) logger.warn({ err, log: logPath }, 'cannot rotate a log');
      }
    }
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return 0;
    throw error;
  }
}

/**
 * Sets a log aside and lets the runtime begin a new one. The one set aside stays as it is, for readers that follow it;
 * earlier ones are packed, and the oldest go.
 */
async function rotate(options: LogRotationOptions, containerId: string, path: string): Promise<void> {
  const { runtime, now, maxFiles = 5 } = options;
  const earlier = await rotatedLogs(path);
  // Beside the current log and the one that is set aside now.
  const kept = Math.max(0, maxFiles - 2);
  const surplus = earlier.slice(0, Math.max(0, earlier.length - kept));
  await Promise.all(surplus.map((file) => rm(file, { force: true })));
  for (const file of earlier) if (!surplus.includes(file) && !file.endsWith('.gz')) await pack(file);
  const stamp = new Date(now()).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  const aside = `${path}.${stamp}`;
  await rename(path, aside);
  try {
    await runtime.reopenContainerLog({ containerId });
  } catch (error) {
    // The container still writes to the file that was moved: it must keep its name.
    await rename(aside, path);
    throw error;
  }
}

/** The files set aside earlier, the oldest first: their names carry their time. */
async function rotatedLogs(path: string): Promise<string[]> {
  const folder = dirname(path);
  const prefix = `${basename(path)}.`;
  const files = (await readdir(folder)).filter((file) => file.startsWith(prefix));
  await Promise.all(
    files.filter((file) => file.endsWith('.tmp')).map((file) => rm(join(folder, file), { force: true })),
  );
  return files
    .filter((file) => !file.endsWith('.tmp'))
    .toSorted()
    .map((file) => join(folder, file));
}

async function pack(file: string): Promise<void> {
  const temporary = `${file}.tmp`;
  await pipeline(createReadStream(file), createGzip(), createWriteStream(temporary, { mode: 0o640 }));
  await rename(temporary, `${file}.gz`);
  await rm(file, { force: true });
}
