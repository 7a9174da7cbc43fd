import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { SpdyConnection } from '../../../machinery/spdy/connection.ts';
import { resetStatus } from '../../../machinery/spdy/frame.ts';
import type { SpdyStream } from '../../../machinery/spdy/stream.ts';
import type { Logger } from '../../../system/logger.ts';
import { joinConnection } from './join-connection.ts';

/** How long the second stream of a pair may come after the first. */
const pairTimeoutMs = 30_000;

/** One forward: a SPDY connection on which the client opens a pair of streams for each of its connections. */
export interface ForwardSession {
  readonly connection: Duplex;
  readonly head?: Buffer;
  /** Connects to a port in the pod; its error's message goes to the client. */
  readonly dial: (port: number) => Promise<Socket>;
  /** How messages name the pod, e.g. `web, uid 5f3…`. */
  readonly podName: string;
  readonly logger: Logger;
}

interface Pair {
  readonly port: number;
  data?: SpdyStream;
  error?: SpdyStream;
  timer?: NodeJS.Timeout;
}

/** The port that a stream is for, or undefined when its headers name none. */
function portOf(stream: SpdyStream): number | undefined {
  const port = Number(stream.headers['port']);
  return Number.isInteger(port) && port > 0 && port <= 65535 ? port : undefined;
}

/** What a pair's two streams have in common. Clients that send no id open the error stream first, then the other. */
function pairId(stream: SpdyStream): string {
  const id = stream.headers['requestid'] ?? '';
  if (id !== '') return id;
  return String(stream.headers['streamtype'] === 'error' ? stream.id : stream.id - 2);
}

/** Serves one forward until its connection ends. A connection inside it that fails concerns that connection alone. */
export async function serveForward(session: ForwardSession): Promise<void> {
  const pairs = new Map<string, Pair>();
  const onStream = (stream: SpdyStream): void => {
    const type = stream.headers['streamtype'];
    const port = portOf(stream);
    // Every stream here may be cut off at any time; who uses it is told by `reset` and `close`.
    stream.on('error', () => undefined);
    if ((type !== 'error' && type !== 'data') || port === undefined) {
      stream.reset(resetStatus.refusedStream);
      return;
    }
    const id = pairId(stream);
    const pair = pairs.get(id) ?? { port };
    if (pair[type] !== undefined || pair.port !== port) {
      stream.reset(resetStatus.refusedStream);
      return;
    }
    pair[type] = stream;
    stream.accept();
    if (pair.data === undefined || pair.error === undefined) {
      pairs.set(id, pair);
      pair.timer = setTimeout(() => {
        pairs.delete(id);
        stream.end(type === 'error' ? 'timed out waiting for streams' : undefined);
        stream.resume();
      }, pairTimeoutMs).unref();
      return;
    }
    pairs.delete(id);
    clearTimeout(pair.timer);
    void forwardOne(session, port, pair.data, pair.error);
  };
  const { connection, head } = session;
  const spdy = new SpdyConnection(connection, { role: 'server', onStream, ...(head === undefined ? {} : { head }) });
  const failure = await spdy.closed;
  for (const { timer } of pairs.values()) clearTimeout(timer);
  if (failure !== undefined) session.logger.debug({ err: failure }, 'Port-forward connection broke');
}

/** Carries one connection to the pod. Ends the error stream in every case: clients wait for that. */
async function forwardOne(session: ForwardSession, port: number, data: SpdyStream, error: SpdyStream): Promise<void> {
  // The client closes its half of the error stream at once; reading to its end lets the stream go.
  error.resume();
  let socket: Socket;
  try {
    socket = await session.dial(port);
  } catch (err) {
    const message = `error forwarding port ${port} to pod ${session.podName}: ${(err as Error).message}`;
    session.logger.debug({ port }, message);
    error.end(message);
    data.resume();
    data.end();
    return;
  }
  await joinConnection(data, socket);
  error.end();
}
