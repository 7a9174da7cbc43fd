import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2';
import { ConnectionError, errorCode } from './connection-error.ts';
import type { TransportRequest, TransportResponse } from './transport.ts';

/** Sends a request on a connected session. Throws a ConnectionError when the session has just closed. */
export function openStream(session: ClientHttp2Session, request: TransportRequest): ClientHttp2Stream {
  const { method, path, headers, body } = request;
  const length = body === undefined ? {} : { 'content-length': String(body.length) };
  try {
    const stream = session.request({ ...headers, ...length, ':method': method, ':path': path }, { endStream: false });
    stream.end(body);
    return stream;
  } catch (error) {
    throw broken(error, path);
  }
}

/** Resolves when the headers of the answer on `stream` are in; rejects with a ConnectionError when none come. */
export function answerOf(stream: ClientHttp2Stream, request: TransportRequest): Promise<TransportResponse> {
  const { path, signal } = request;
  // Begun before anything can arrive: Node takes a stream that the server has ended for a broken one when reading
  // begins only then, whatever it still holds.
  const chunks = (stream as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  const { session } = stream;
  const reading: Reading = { chunks, first: chunks.next(), isIntact: () => session?.destroyed === false };
  reading.first.catch(() => undefined);
  return new Promise((resolve, reject) => {
    let failure: unknown;
    const abort = (): void => {
      reject(signal?.reason);
      stream.destroy();
    };
    signal?.addEventListener('abort', abort, { once: true });
    stream.on('error', (error) => {
      failure = error;
    });
    stream.once('close', () => {
      signal?.removeEventListener('abort', abort);
      const intact = session?.destroyed === false;
      reading.isIntact = () => intact;
      reject(broken(failure, path));
    });
    stream.once('response', (answer) => {
      const headers: Record<string, string> = {};
      for (const [name, value] of Object.entries(answer)) {
        if (!name.startsWith(':') && value !== undefined) headers[name] = String(value);
      }
      const length = headers['content-length'];
      const expected = length === undefined ? undefined : Number(length);
      resolve({ status: Number(answer[':status']), headers, body: bodyOf(stream, reading, request, expected) });
    });
  });
}

interface Reading {
  readonly chunks: AsyncIterator<Buffer>;
  readonly first: Promise<IteratorResult<Buffer>>;
  /** Whether the connection held, until the stream closed or so far. */
  isIntact: () => boolean;
}

async function* bodyOf(
  stream: ClientHttp2Stream,
  reading: Reading,
  { path, signal }: TransportRequest,
  expected: number | undefined,
): AsyncGenerator<Uint8Array> {
  const { chunks, first } = reading;
  let received = 0;
  try {
    for (let next = await first; next.done !== true; next = await chunks.next()) {
      received += next.value.length;
      yield next.value;
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw broken(error, path);
  } finally {
    // A reader that stops early shall not leave a stream open on the server.
    if (!stream.destroyed) stream.close();
  }
  signal?.throwIfAborted();
  // A stream whose connection broke ends like a complete one: only its length, or the dead session, gives it away.
  const complete = expected === undefined ? reading.isIntact() : received === expected;
  if (!complete) throw broken(undefined, path);
}

function broken(error: unknown, path: string): ConnectionError {
  if (error instanceof ConnectionError) return error;
  const code = errorCode(error);
  // Node's own codes say how its streams ended; callers want to know that the connection did.
  const ended = code === undefined || code.startsWith('ERR_HTTP2_') || code.startsWith('ERR_STREAM_');
  const detail = error instanceof Error ? `: ${error.message}` : '';
  const message = `the connection broke before ${path} was answered in full${detail}`;
  return new ConnectionError(ended ? 'ECONNRESET' : code, message, error);
}
