import { once } from 'node:events';
import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { StreamMessages, withLength } from '../wire/stream.ts';
import type { Responder } from './responder.ts';
import type { ListenOptions } from './udp.ts';

const limits = {
  connections: 1000,
  /** A connection without a query for so long is closed (RFC 7766, section 6.2.3). */
  idleMs: 10_000,
  /** Queries of one connection that may be under way before no more is read from it. */
  underway: 100,
  /** Bytes that a client has not yet taken before no more is read from it. */
  unsent: 1 << 18,
};

export interface TcpListener extends AsyncDisposable {
  readonly server: Server;
}

/** Answers over TCP, several queries on one connection, each as soon as it is ready. Rejects when it cannot bind. */
export async function listenTcp({ address, port, responder, logger }: ListenOptions): Promise<TcpListener> {
  const sockets = new Set<Socket>();
  // Answers that are under way go out also after the client has ended its side.
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    serve(socket, responder);
  });
  server.maxConnections = limits.connections;
  server.listen({ host: address, port, exclusive: true });
  await once(server, 'listening');
  server.on('error', (err) => logger.error({ err }, 'the TCP listener failed'));
  return {
    server,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function serve(socket: Socket, responder: Pick<Responder, 'respond'>): void {
  const client = { protocol: 'tcp', address: socket.remoteAddress ?? '' } as const;
  const messages = new StreamMessages();
  let underway = 0;
  let ended = false;
  const settle = (): void => {
    if (ended && underway === 0) socket.end();
    else if (underway < limits.underway && socket.writableLength < limits.unsent) socket.resume();
    else socket.pause();
  };
  const send = (response: Buffer): void => {
    if (socket.writable) socket.write(withLength(response));
  };
  socket.setTimeout(limits.idleMs, () => socket.destroy());
  // A reset by the client is how many of them hang up.
  socket.on('error', () => socket.destroy());
  socket.on('drain', settle);
  socket.on('end', () => {
    ended = true;
    settle();
  });
  socket.on('data', (chunk) => {
    for (const message of messages.push(chunk)) {
      const response = responder.respond(message, client);
      if (!(response instanceof Promise)) {
        if (response !== undefined) send(response);
        continue;
      }
      underway += 1;
      void response.then((late) => {
        underway -= 1;
        send(late);
        settle();
      });
    }
    settle();
  });
}
