import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const pollMs = 10;

/**
 * Waits until something listens at an URL's address, for `patienceMs` at most. When a cluster starts, its processes
 * start together: this spares the others the back-off with which they would meet a server that is not there yet.
 */
export async function waitForListener(url: string, patienceMs: number, signal: AbortSignal): Promise<void> {
  const { hostname, port } = new URL(url);
  const end = performance.now() + patienceMs;
  while (!signal.aborted && performance.now() < end && !(await listens(hostname, Number(port)))) await sleep(pollMs);
}

/** Whether a TCP connection to an address is taken. */
export function listens(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const finish = (result: boolean): void => {
      socket.destroy();
      resolve(result);
    };
    socket.once('connect', () => finish(true)).once('error', () => finish(false));
  });
}
