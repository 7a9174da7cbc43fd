import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { dialFailure } from '../../../machinery/upgrade/dial-failure.ts';

/** Connects to an address; the socket is paused, so that nothing of what the server says first is read yet. */
export function dial(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
    socket.pause();
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

/** Connects to a port of localhost, over IPv4 or else IPv6; rejects with both reasons, worded as containerd does. */
export async function dialLocalhost(port: number): Promise<Socket> {
  try {
    return await dial('127.0.0.1', port);
  } catch (first) {
    try {
      return await dial('::1', port);
    } catch (second) {
      const reasons =
        `IPv4: dial tcp4 127.0.0.1:${port}: connect: ${dialFailure(first)} ` +
        `IPv6 dial tcp6 [::1]:${port}: connect: ${dialFailure(second)}`;
      throw new Error(`failed to connect to localhost:${port}, ${reasons}`, { cause: second });
    }
  }
}
