import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import type { Logger } from '../../../system/logger.ts';
import type { ChannelSocket } from '../streams/channel-socket.ts';
import { HttpError } from '../http-error.ts';

/** The ports of an older client's request, which names them all beforehand: `port=80&port=443` or `port=80,443`. */
export function requestedPorts(query: URLSearchParams): readonly number[] {
  const texts = query.getAll('port').flatMap((text) => text.split(','));
  if (texts.length === 0) throw new HttpError(400, 'query parameter "port" is required');
  return texts.map((text) => {
    const port = Number(text);
    if (!/^\d+$/.test(text)) throw new HttpError(400, `unable to parse ${JSON.stringify(text)} as a port`);
    if (port < 1 || port > 65535) throw new HttpError(400, `port ${JSON.stringify(text)} must be between 1 and 65535`);
    return port;
  });
}

export interface ChannelForward {
  readonly socket: ChannelSocket;
  readonly ports: readonly number[];
  readonly dial: (port: number) => Promise<Socket>;
  readonly podName: string;
  readonly logger: Logger;
}

/**
 * The older way to forward ports over a WebSocket (`v4.channel.k8s.io`, which the Python client uses): one connection
 * a port, two channels each, for data and for an error, both of which start with the port's number.
 */
export async function serveChannelForward(forward: ChannelForward): Promise<void> {
  const { socket, ports } = forward;
  await Promise.all(ports.map((port, index) => forwardChannel(forward, port, index * 2)));
  socket.close();
}

async function forwardChannel(forward: ChannelForward, port: number, data: number): Promise<void> {
  const { socket: channels } = forward;
  const number = Buffer.alloc(2);
  number.writeUInt16LE(port, 0);
  // A client may send at once, before there is a connection to send it on.
  const input = new PassThrough();
  channels.connect(data, input);
  await channels.send(data, number);
  await channels.send(data + 1, number);
  let connection: Socket;
  try {
    connection = await forward.dial(port);
  } catch (error) {
    const message = `error forwarding port ${port} to pod ${forward.podName}: ${(error as Error).message}`;
    forward.logger.debug({ port }, message);
    input.destroy();
    await channels.send(data + 1, Buffer.from(message));
    return;
  }
  connection.on('error', () => undefined);
  input.pipe(connection);
  void channels.closed.then(() => connection.destroy());
  try {
    for await (const chunk of connection) await channels.send(data, chunk as Buffer);
  } catch (error) {
    forward.logger.debug({ err: error, port }, 'Forwarded connection broke');
  }
  input.destroy();
  connection.destroy();
}
