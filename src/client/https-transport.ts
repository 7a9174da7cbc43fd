import type { ClientHttp2Session } from 'node:http2';
import { connect, constants } from 'node:http2';
import { ConnectionError } from './connection-error.ts';
import { exchange } from './http2-exchange.ts';
import type { Transport, TransportRequest, TransportResponse } from './transport.ts';

type Pem = string | Buffer;

export interface HttpsTransportOptions {
  /** E.g. `https://10.20.0.1:6443`. */
  readonly server: string;
  /** The authorities that may have signed the server's certificate; the system's when left out. */
  readonly ca?: Pem;
  /** The client's certificate and key. */
  readonly cert?: Pem;
  readonly key?: Pem;
  /** A bearer token, or where to get the present one. */
  readonly token?: string | (() => string);
  /** How long a connection may be silent, while answers are due, before it is probed; and how long the probe may take. */
  readonly keepAliveMs?: number;
  readonly connectTimeoutMs?: number;
}

/**
 * Talks HTTP/2 to an API server over one connection, which is opened at the first request and again after a failure.
 * A server that has vanished without a word is noticed after twice `keepAliveMs` (10 s): all requests under way then
 * fail with code `ETIMEDOUT`.
 */
export function httpsTransport(options: HttpsTransportOptions): Transport {
  return new HttpsTransport(options);
}

class HttpsTransport implements Transport {
  readonly #options: HttpsTransportOptions;
  /** The connection that new requests use; older ones may still be finishing theirs. */
  #current: Promise<ClientHttp2Session> | undefined;
  readonly #sessions = new Set<ClientHttp2Session>();
  #closed = false;

  constructor(options: HttpsTransportOptions) {
    this.#options = options;
  }

  async request(request: TransportRequest): Promise<TransportResponse> {
    request.signal?.throwIfAborted();
    const session = await this.#session();
    const { token } = this.#options;
    const value = typeof token === 'function' ? token() : token;
    return exchange(session, value === undefined ? request : withBearer(request, value));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#current = undefined;
    for (const session of this.#sessions) session.destroy(undefined, constants.NGHTTP2_CANCEL);
  }

  #session(): Promise<ClientHttp2Session> {
    if (this.#closed) return Promise.reject(new ConnectionError('ERR_CLOSED', 'the transport has been closed'));
    this.#current ??= this.#open();
    return this.#current;
  }

  #open(): Promise<ClientHttp2Session> {
    const { server, ca, cert, key, keepAliveMs = 5000, connectTimeoutMs = 5000 } = this.#options;
    const session = connect(server, {
      ALPNProtocols: ['h2'],
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      // Long lists would otherwise wait for a window update every 64 KiB.
      settings: { initialWindowSize: 1 << 20, enablePush: false },
    });
    this.#sessions.add(session);
    const opened = new Promise<ClientHttp2Session>((resolve, reject) => {
      const timer = setTimeout(() => {
        session.destroy(new ConnectionError('ETIMEDOUT', `${server} did not answer within ${connectTimeoutMs} ms`));
      }, connectTimeoutMs);
      session.once('connect', () => {
        clearTimeout(timer);
        session.setLocalWindowSize(8 << 20);
        resolve(session);
      });
      // Stays for the session's life: an error event that nobody hears would end the process.
      session.on('error', (error) => reject(asConnectionError(error, server)));
      session.once('close', () => {
        clearTimeout(timer);
        reject(new ConnectionError('ECONNRESET', `${server} closed the connection`));
      });
    });
    const current = opened;
    const retire = (): void => {
      if (this.#current === current) this.#current = undefined;
    };
    session.once('goaway', retire);
    session.once('close', () => {
      retire();
      this.#sessions.delete(session);
    });
    keepAlive(session, keepAliveMs);
    // The process shall live for its requests, not for an idle connection.
    session.unref();
    return opened;
  }
}

function withBearer(request: TransportRequest, token: string): TransportRequest {
  return { ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } };
}

function asConnectionError(error: unknown, server: string): ConnectionError {
  if (error instanceof ConnectionError) return error;
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'ECONNRESET';
  const detail = error instanceof Error ? error.message : String(error);
  return new ConnectionError(code, `cannot reach ${server}: ${detail}`, error);
}

/** Probes a connection that has been silent, and destroys it when the probe is not answered. */
function keepAlive(session: ClientHttp2Session, milliseconds: number): void {
  session.setTimeout(milliseconds, () => {
    if (session.destroyed || session.connecting) return;
    const deadline = setTimeout(() => {
      session.destroy(new ConnectionError('ETIMEDOUT', `the server did not answer a ping within ${milliseconds} ms`));
    }, milliseconds);
    deadline.unref();
    session.once('close', () => clearTimeout(deadline));
    session.ping(() => clearTimeout(deadline));
  });
}
