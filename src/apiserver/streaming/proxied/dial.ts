import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';

const dialTimeoutMs = 10_000;

/**
 * A TCP connection from this server itself; throws what the system says, or `i/o timeout`. The signal ends the attempt,
 * and has no effect on what has been connected: it may be a time limit.
 */
export function dial(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const socket = connectTcp({ host, port });
    const abort = (): void => void socket.destroy(signal.reason as Error);
    const late = (): void => void socket.destroy(new Error('i/o timeout'));
    const settle = (): void => signal.removeEventListener('abort', abort);
    signal.addEventListener('abort', abort, { once: true });
    socket.setTimeout(dialTimeoutMs, late);
    socket.once('error', (error) => {
      settle();
      reject(error);
    });
    socket.once('connect', () => {
      settle();
      socket.setTimeout(0).off('timeout', late);
      resolve(socket);
    });
  });
}
