import type { Socket } from 'node:net';
import { resetStatus } from '../../../machinery/spdy/frame.ts';
import type { SpdyStream } from '../../../machinery/spdy/stream.ts';

/**
 * Joins a client's stream and a connection in the pod, each half closing for itself; a reset of either resets the
 * other. Resolves when both are over; never rejects.
 */
export function joinConnection(data: SpdyStream, socket: Socket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.on('error', () => data.reset(resetStatus.cancel));
  socket.once('close', () => {
    if (!data.writableFinished || !data.readableEnded) data.reset(resetStatus.cancel);
    resolve();
  });
  data.on('error', () => socket.destroy());
  data.once('reset', () => socket.resetAndDestroy());
  if (data.wasReset || socket.destroyed) {
    data.reset(resetStatus.cancel);
    socket.destroy();
  } else {
    data.pipe(socket);
    socket.pipe(data);
  }
  return promise;
}
