import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2';
import { connect } from 'node:http2';
import { ConnectionError, errorCode } from './connection-error.ts';
import { answerOf, openStream } from './http2-stream.ts';
import type { TransportRequest, TransportResponse } from './transport.ts';

export interface Http2ConnectionOptions {
  readonly server: string;
  readonly tls: { readonly ca?: string | Buffer; readonly cert?: string | Buffer; readonly key?: string | Buffer };
  readonly keepAliveMs: number;
  readonly connectTimeoutMs: number;
}

/** One HTTP/2 connection. It keeps the process alive, and probes its server, only while answers are due. */
export class Http2Connection {
  /** Resolves when no new request may use the connection. */
  readonly retired: Promise<void>;
  readonly closed: Promise<void>;
  readonly #session: ClientHttp2Session;
  readonly #connected: Promise<void>;
  readonly #keepAliveMs: number;
  #due = 0;
  #probe: NodeJS.Timeout | undefined;

  constructor({ server, tls, keepAliveMs, connectTimeoutMs }: Http2ConnectionOptions) {
    this.#keepAliveMs = keepAliveMs;
    const session = connect(server, {
      ALPNProtocols: ['h2'],
      ...tls,
      // Long lists would otherwise wait for a window update every 64 KiB.
      settings: { initialWindowSize: 1 << 20, enablePush: false },
    });
    this.#session = session;
    const connected = Promise.withResolvers<void>();
    const retired = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      session.destroy(new ConnectionError('ETIMEDOUT', `${server} did not answer within ${connectTimeoutMs} ms`));
    }, connectTimeoutMs);
    session.once('connect', () => {
      clearTimeout(timer);
      session.setLocalWindowSize(8 << 20);
      connected.resolve();
    });
    // Stays for the session's life: an error event that nobody hears would end the process.
    session.on('error', (error) => connected.reject(unreachable(error, server)));
    session.once('goaway', () => retired.resolve());
    session.once('close', () => {
      clearTimeout(timer);
      clearInterval(this.#probe);
      connected.reject(new ConnectionError('ECONNRESET', `${server} closed the connection`));
      retired.resolve();
      closed.resolve();
    });
    this.#connected = connected.promise;
    this.#connected.catch(() => undefined);
    this.retired = retired.promise;
    this.closed = closed.promise;
  }

  /** Sends one request; resolves when the answer's headers are in. Rejects with a ConnectionError. */
  async exchange(request: TransportRequest): Promise<TransportResponse> {
    this.#begin();
    let stream: ClientHttp2Stream;
    try {
      await unlessAborted(this.#connected, request.signal);
      stream = openStream(this.#session, request);
    } catch (error) {
      this.#end();
      throw error;
    }
    stream.once('close', () => this.#end());
    return answerOf(stream, request);
  }

  destroy(): void {
    this.#session.destroy();
  }

  #begin(): void {
    this.#due += 1;
    if (this.#due > 1) return;
    this.#session.ref();
    let answered = true;
    this.#probe = setInterval(() => {
      if (this.#session.connecting || this.#session.destroyed) return;
      if (!answered) {
        const silence = `the server did not answer a ping within ${this.#keepAliveMs} ms`;
        this.#session.destroy(new ConnectionError('ETIMEDOUT', silence));
        return;
      }
      answered = false;
      this.#session.ping((error) => {
        answered = error === null;
      });
    }, this.#keepAliveMs);
    this.#probe.unref();
  }

  #end(): void {
    this.#due -= 1;
    if (this.#due > 0) return;
    clearInterval(this.#probe);
    this.#session.unref();
  }
}

function unreachable(error: unknown, server: string): ConnectionError {
  if (error instanceof ConnectionError) return error;
  const detail = error instanceof Error && error.message !== '' ? error.message : String(errorCode(error) ?? error);
  return new ConnectionError(errorCode(error) ?? 'ECONNRESET', `cannot reach ${server}: ${detail}`, error);
}

async function unlessAborted(promise: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return promise;
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
