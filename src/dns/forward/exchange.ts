import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import type { Message } from '../wire/message.ts';
import { parseMessage } from '../wire/message.ts';
import type { UpstreamQuery } from '../wire/writer.ts';
import { encodeQuery } from '../wire/writer.ts';
import { classes, flags } from '../wire/constants.ts';
import { WireError } from '../wire/reader.ts';
import { StreamMessages, withLength } from '../wire/stream.ts';
import type { UpstreamAddress } from './upstream-address.ts';

/**
 * Asks a server over UDP. Each exchange has a socket of its own, so that an off-path forger must guess the port as
 * well as the id, and so that an ICMP error ends it at once. What does not answer this query is ignored. Rejects when
 * the socket fails, and when `signal` is aborted, with its reason.
 */
export function exchangeUdp(server: UpstreamAddress, query: UpstreamQuery, signal: AbortSignal): Promise<Message> {
  const { promise, resolve, reject } = Promise.withResolvers<Message>();
  // Addresses need no look-up; Node's own would cost a turn of the event loop.
  const socket = createSocket({
    type: isIPv6(server.host) ? 'udp6' : 'udp4',
    lookup: (host, _, done) => done(null, host, isIPv6(host) ? 6 : 4),
  });
  const abort = (): void => reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  socket.on('error', reject);
  socket.on('message', (bytes) => {
    const message = readAnswer(bytes, query);
    if (message !== undefined) resolve(message);
  });
  socket.once('connect', () => socket.send(encodeQuery(query)));
  socket.connect(server.port, server.host);
  return promise.finally(() => {
    signal.removeEventListener('abort', abort);
    socket.close();
  });
}

/** Asks a server over TCP, for answers that do not fit a datagram. */
export function exchangeTcp(server: UpstreamAddress, query: UpstreamQuery, signal: AbortSignal): Promise<Message> {
  const { promise, resolve, reject } = Promise.withResolvers<Message>();
  const socket = connect({ host: server.host, port: server.port, noDelay: true });
  const abort = (): void => reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  const messages = new StreamMessages();
  socket.on('connect', () => socket.write(withLength(encodeQuery(query))));
  socket.on('error', reject);
  socket.on('close', () => reject(new Error('the server closed the connection without an answer')));
  socket.on('data', (chunk) => {
    for (const bytes of messages.push(chunk)) {
      const message = readAnswer(bytes, query);
      if (message !== undefined) resolve(message);
    }
  });
  return promise.finally(() => {
    signal.removeEventListener('abort', abort);
    socket.destroy();
  });
}

/** The message, if it is an answer to the query. */
function readAnswer(bytes: Uint8Array, query: UpstreamQuery): Message | undefined {
  let message: Message;
  try {
    message = parseMessage(bytes);
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
  const { id, question } = message;
  if (id !== query.id || (message.flags & flags.response) === 0) return undefined;
  // Servers that refuse a query as malformed may leave the question out.
  if (question === undefined) return message.rcode === 0 ? undefined : message;
  const same = question.name === query.name && question.type === query.type && question.class === classes.IN;
  return same ? message : undefined;
}
