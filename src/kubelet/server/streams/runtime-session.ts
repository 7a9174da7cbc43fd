import { SpdyConnection } from '../../../machinery/spdy/connection.ts';
import type { SpdyStream } from '../../../machinery/spdy/stream.ts';
import { requestUpgrade } from '../../../machinery/upgrade/request-upgrade.ts';
import type { StreamRequest } from '../backend.ts';
import { HttpError } from '../http-error.ts';

/** A session with a process in a container, as the runtime's streaming server carries it (protocol v4). */
export interface RuntimeSession {
  /** Ends with a Status object as JSON. */
  readonly error: SpdyStream;
  readonly stdin: SpdyStream | undefined;
  readonly stdout: SpdyStream | undefined;
  readonly stderr: SpdyStream | undefined;
  /** Takes `{"Width":80,"Height":24}` as JSON. */
  readonly resize: SpdyStream | undefined;
  /** Resolves when the connection has ended. */
  readonly closed: Promise<unknown>;
  destroy(): void;
}

/**
 * How much of a process's output is read before its client wants it. The runtime closes its connection as soon as the
 * process has ended; where input is on its way at that time, the kernel drops what the runtime has written and we have
 * not taken.
 */
export const runtimeReadAhead = 16 * 1024 * 1024;

const protocol = 'v4.channel.k8s.io';

/**
 * Opens the session behind a URL that the runtime has given out for a request. SPDY rather than WebSocket: the
 * runtime's WebSocket cannot close stdin. Throws HttpError with the runtime's words when it refuses.
 */
export async function openRuntimeSession(
  url: string,
  request: StreamRequest,
  signal: AbortSignal,
): Promise<RuntimeSession> {
  const outcome = await requestUpgrade({
    url: new URL(url),
    method: 'POST',
    headers: {
      connection: 'Upgrade',
      upgrade: 'SPDY/3.1',
      'x-stream-protocol-version': protocol,
      'content-length': '0',
    },
    signal,
  });
  if (!outcome.upgraded) {
    let text = '';
    for await (const chunk of outcome.response.setEncoding('utf8')) text += String(chunk);
    throw new HttpError(outcome.response.statusCode ?? 500, text.trim());
  }
  const connection = new SpdyConnection(outcome.socket, {
    role: 'client',
    head: outcome.head,
    windowUpdates: false,
    readAhead: runtimeReadAhead,
  });
  const open = (streamType: string, wanted = true): SpdyStream | undefined => {
    if (!wanted) return undefined;
    const stream = connection.open({ streamType });
    stream.on('error', () => undefined);
    return stream;
  };
  const error = connection.open({ streamType: 'error' });
  error.on('error', () => undefined);
  const session = {
    error,
    stdin: open('stdin', request.stdin),
    stdout: open('stdout', request.stdout),
    stderr: open('stderr', request.stderr && !request.tty),
    resize: open('resize', request.tty),
    closed: connection.closed,
    destroy: () => connection.destroy(),
  };
  await error.accepted;
  return session;
}
