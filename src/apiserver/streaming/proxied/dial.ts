import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';

const dialTimeoutMs = 10_000;

/** A TCP connection from this server itself; throws what the system says, or `i/o timeout`. */
export function dial(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host, port, signal });
    socket.setTimeout(dialTimeoutMs, () => socket.destroy(new Error('i/o timeout')));
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.setTimeout(0);
      resolve(socket);
    });
  });
}
