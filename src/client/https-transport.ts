import { ConnectionError } from './connection-error.ts';
import { Http2Connection } from './http2-connection.ts';
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
  /** How often the server is probed while answers are due; a probe must be answered before the next. */
  readonly keepAliveMs?: number;
  readonly connectTimeoutMs?: number;
}

/**
 * Talks HTTP/2 to an API server over one connection, which is opened at the first request and again after a failure.
 * A server that has vanished without a word is noticed after twice `keepAliveMs` (10 s) at the latest: all requests
 * under way then fail with code `ETIMEDOUT`.
 */
export function httpsTransport(options: HttpsTransportOptions): Transport {
  return new HttpsTransport(options);
}

class HttpsTransport implements Transport {
  readonly #options: HttpsTransportOptions;
  /** The connection that new requests use; older ones may still be finishing theirs. */
  #current: Http2Connection | undefined;
  readonly #connections = new Set<Http2Connection>();
  #closed = false;

  constructor(options: HttpsTransportOptions) {
    this.#options = options;
  }

  async request(request: TransportRequest): Promise<TransportResponse> {
    request.signal?.throwIfAborted();
    if (this.#closed) throw new ConnectionError('ERR_CLOSED', 'the transport has been closed');
    const { token } = this.#options;
    const value = typeof token === 'function' ? token() : token;
    const headers = value === undefined ? request.headers : { ...request.headers, authorization: `Bearer ${value}` };
    this.#current ??= this.#open();
    return this.#current.exchange({ ...request, headers });
  }

  close(): Promise<void> {
    this.#closed = true;
    for (const connection of this.#connections) connection.destroy();
    return Promise.resolve();
  }

  #open(): Http2Connection {
    const { server, ca, cert, key, keepAliveMs = 5000, connectTimeoutMs = 5000 } = this.#options;
    const tls = {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    };
    const connection = new Http2Connection({ server, tls, keepAliveMs, connectTimeoutMs });
    this.#connections.add(connection);
    void connection.retired.then(() => {
      if (this.#current === connection) this.#current = undefined;
    });
    void connection.closed.then(() => this.#connections.delete(connection));
    return connection;
  }
}
