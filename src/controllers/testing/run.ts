import pino from 'pino';
import type { ControllersOptions } from '../start.ts';
import { startControllers } from '../start.ts';
import { TestServer } from './server.ts';

/** Runs all controllers against a fake server for the time of `use`. */
export async function withControllers(
  use: (server: TestServer) => Promise<void>,
  options: Partial<ControllersOptions> & { readonly prepare?: (server: TestServer) => void } = {},
): Promise<void> {
  const server = new TestServer();
  options.prepare?.(server);
  const stop = new AbortController();
  const logger = pino({ level: process.env['COX_LOG_LEVEL'] ?? 'silent' });
  const running = startControllers({ client: server, logger, ...options }, stop.signal);
  try {
    await use(server);
  } finally {
    stop.abort();
    await running;
  }
}
