import { chmodSync, rmSync } from 'node:fs';
import { createServer, createConnection } from 'node:net';
import { once } from 'node:events';
import type { Registry } from 'prom-client';
import { text } from 'node:stream/consumers';
import type { Logger } from '../../system/logger.ts';

/**
 * Hands the text of the metrics to whoever connects to a unix socket that root alone may open, until `signal` is
 * aborted: a DNS server authenticates nobody, and so the node's agent, which does, asks it and passes them on.
 */
export async function serveMetrics(
  path: string,
  registry: Registry,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  rmSync(path, { force: true });
  const server = createServer((connection) => {
    connection.on('error', (err) => logger.debug({ err }, 'a reader of the metrics went away'));
    registry.metrics().then(
      (metrics) => connection.end(metrics),
      (err: unknown) => {
        logger.warn({ err }, 'cannot collect the metrics');
        connection.destroy();
      },
    );
  });
  server.listen(path);
  await once(server, 'listening');
  chmodSync(path, 0o600);
  signal.addEventListener('abort', () => server.close(), { once: true });
}

/** The metrics behind such a socket; none while nobody serves them. */
export async function readMetrics(path: string): Promise<string> {
  const connection = createConnection(path);
  connection.setTimeout(2000, () => connection.destroy(new Error('no metrics within 2 s')));
  try {
    return await text(connection);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ECONNREFUSED') return '';
    throw error;
  }
}
