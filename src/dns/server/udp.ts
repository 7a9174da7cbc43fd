import type { RemoteInfo, Socket } from 'node:dgram';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import type { Logger } from '../../system/logger.ts';
import type { Responder } from './responder.ts';

export interface ListenOptions {
  readonly address: string;
  readonly port: number;
  readonly responder: Pick<Responder, 'respond'>;
  readonly logger: Logger;
}

export interface UdpListener extends AsyncDisposable {
  readonly socket: Socket;
}

/** Answers over UDP until it is disposed of. Rejects when the address cannot be bound. */
export async function listenUdp({ address, port, responder, logger }: ListenOptions): Promise<UdpListener> {
  const family = isIPv6(address) ? 6 : 4;
  const socket = createSocket({
    type: `udp${family}`,
    // A burst of packets waits here while the process does something else; the kernel caps it.
    recvBufferSize: 1 << 20,
    // All peers are given by address; Node's own look-up would cost each answer a turn of the event loop.
    lookup: (host, _, done) => done(null, host, family),
  });
  let open = true;
  const send = (message: Buffer, to: RemoteInfo): void => {
    // An answer may come after the end; Node throws for a closed socket.
    if (!open) return;
    socket.send(message, 0, message.length, to.port, to.address);
  };
  socket.on('message', (message, from) => {
    // Nobody can be answered there; Node throws for it.
    if (from.port === 0) return;
    const response = responder.respond(message, { protocol: 'udp', address: from.address });
    if (response === undefined) return;
    if (response instanceof Promise) void response.then((late) => send(late, from));
    else send(response, from);
  });
  // Listened to beforehand: with a look-up that answers at once, so does the bind.
  const listening = once(socket, 'listening');
  socket.bind({ address, port, exclusive: true });
  await listening;
  // A client that cannot be reached any more is no failure of ours, and UDP promises nothing.
  socket.on('error', (err) => logger.debug({ err }, 'cannot send an answer over UDP'));
  return {
    socket,
    async [Symbol.asyncDispose]() {
      open = false;
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}
