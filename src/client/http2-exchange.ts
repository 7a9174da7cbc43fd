import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2';
import { ConnectionError, errorCode } from './connection-error.ts';
import type { TransportRequest, TransportResponse } from './transport.ts';

/** Sends one request on `session`; resolves when the answer's headers are in. Rejects with a ConnectionError. */
export function exchange(session: ClientHttp2Session, request: TransportRequest): Promise<TransportResponse> {
  const { method, path, headers, body, signal } = request;
  return new Promise((resolve, reject) => {
    const stream = open(session, {
      ':method': method,
      ':path': path,
      ...headers,
      ...(body === undefined ? {} : { 'content-length': String(body.length) }),
    });
    const abort = (): void => {
      stream.destroy();
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', abort, { once: true });
    let failure: unknown;
    stream.on('error', (error) => {
      failure = error;
      reject(broken(error, path));
    });
    stream.once('close', () => {
      signal?.removeEventListener('abort', abort);
      reject(broken(failure, path));
    });
    stream.once('response', (answer) => {
      const plain: Record<string, string> = {};
      for (const [name, value] of Object.entries(answer)) {
        if (!name.startsWith(':') && value !== undefined) plain[name] = String(value);
      }
      resolve({ status: Number(answer[':status']), headers: plain, body: bodyOf(stream, request) });
    });
    stream.end(body);
  });
}

function open(session: ClientHttp2Session, headers: Record<string, string>): ClientHttp2Stream {
  try {
    return session.request(headers, { endStream: false });
  } catch (error) {
    // The session closed between our look at it and now.
    throw broken(error, headers[':path'] ?? '');
  }
}

async function* bodyOf(stream: ClientHttp2Stream, { path, signal }: TransportRequest): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of stream) yield chunk as Uint8Array;
  } catch (error) {
    signal?.throwIfAborted();
    throw broken(error, path);
  } finally {
    // A reader that stops early shall not leave a stream open on the server.
    if (!stream.destroyed) stream.close();
  }
  signal?.throwIfAborted();
  // A stream cut off by the other side ends like a complete one, except for this mark.
  if (stream.aborted) throw broken(undefined, path);
}

function broken(error: unknown, path: string): ConnectionError {
  if (error instanceof ConnectionError) return error;
  const code = errorCode(error);
  // Node's own codes say how its streams ended; callers want to know that the connection did.
  const known =
    code === undefined || code.startsWith('ERR_HTTP2_') || code.startsWith('ERR_STREAM_') ? 'ECONNRESET' : code;
  const detail = error instanceof Error ? `: ${error.message}` : '';
  return new ConnectionError(known, `the connection broke before ${path} was answered in full${detail}`, error);
}
