import { request as httpRequest } from 'node:http';
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import type { ServiceDialer, ServiceReader } from '../streaming/service-dialer.ts';
import { ConnectionPool } from '../webhook/connection-pool.ts';
import { certificateFailure } from '../webhook/tls-failure.ts';
import type { UserInfo } from '../auth/types.ts';
import { identityHeaders } from './identity-headers.ts';
import type { RemoteApi } from './remote-api.ts';
import { serverNameOf } from './remote-api.ts';
import type { RemoteAnswer } from '../webhook/read-answer.ts';
import { readAnswer } from '../webhook/read-answer.ts';

export interface RemoteClientOptions {
  readonly reader: ServiceReader;
  /** Absent where this server cannot reach Services. */
  readonly dialService: ServiceDialer | undefined;
  /** PEM: what this server shows to extension servers. Without it nobody is asked: they could not trust the request. */
  readonly identity: { readonly cert: string; readonly key: string } | undefined;
}

export interface RemoteRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body?: Readable | Buffer | undefined;
  readonly signal: AbortSignal;
}

const upgradeDialMs = 30_000;
const maxPools = 128;

/** Why a server could not be asked, in the words of Go programs. */
export function failureOf(error: unknown): string {
  return certificateFailure(error) ?? (error instanceof Error ? error.message : String(error));
}

/** How long a body is must be said for every method: Node would otherwise leave that out for some. */
function framing({ headers, body }: RemoteRequest): OutgoingHttpHeaders {
  const { 'content-length': length, ...others } = headers;
  if (Buffer.isBuffer(body)) return { ...others, 'content-length': body.length };
  if (body === undefined) return length === '0' ? headers : others;
  return length === undefined ? { ...others, 'transfer-encoding': 'chunked' } : headers;
}

function exchange(agent: ConnectionPool, outgoing: RemoteRequest): Promise<IncomingMessage> {
  const { method, path, body, signal } = outgoing;
  const headers = framing(outgoing);
  return new Promise((resolve, reject) => {
    // A request that waits for its connection does not end before that is there: nobody is to wait so long.
    const gone = (): void => reject(signal.reason as Error);
    if (signal.aborted) return gone();
    signal.addEventListener('abort', gone, { once: true });
    const send = (): void => {
      const request = httpRequest({ agent, method, path, headers, signal, setHost: false });
      let isAnswered = false;
      request.once('response', (response) => {
        isAnswered = true;
        // An answer that nobody will read any more must not keep its connection.
        signal.addEventListener('abort', () => response.destroy(), { once: true });
        response.on('error', () => undefined);
        resolve(response);
      });
      request.on('error', (error: NodeJS.ErrnoException) => {
        // A kept connection may have ended meanwhile, before the server saw anything of this request.
        const isStale = request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
        if (isStale && body === undefined && !isAnswered && !signal.aborted) send();
        else reject(error);
      });
      if (body === undefined || Buffer.isBuffer(body)) request.end(body);
      else body.on('error', (error) => request.destroy(error)).pipe(request);
    };
    send();
  });
}

/** Speaks HTTPS with the API servers behind APIServices; connections are kept between requests. */
export class RemoteClient {
  readonly #options: RemoteClientOptions;
  readonly #closing = new AbortController();
  readonly #pools = new Map<string, { readonly service: RemoteApi['service']; readonly pool: ConnectionPool }>();

  constructor(options: RemoteClientOptions) {
    this.#options = options;
  }

  /** Sends a request and resolves with the head of the answer. */
  send(api: RemoteApi, request: RemoteRequest): Promise<IncomingMessage> {
    return exchange(this.#pool(api), request);
  }

  /** Asks for something in the name of this server itself, and reads all of the answer. */
  async get(
    api: RemoteApi,
    path: string,
    { user, accept, etag, timeoutMs }: { user: UserInfo; accept: string; etag?: string | undefined; timeoutMs: number },
  ): Promise<RemoteAnswer> {
    const headers = {
      host: hostOf(api),
      accept,
      'user-agent': 'kube-aggregator',
      ...(etag === undefined ? {} : { 'if-none-match': etag }),
      ...identityHeaders(user),
    };
    const late = AbortSignal.timeout(timeoutMs);
    const signal = AbortSignal.any([late, this.#closing.signal]);
    try {
      return await readAnswer(await this.send(api, { method: 'GET', path, headers, signal }));
    } catch (error) {
      if (late.aborted) throw new Error('context deadline exceeded', { cause: error });
      throw new Error(failureOf(error), { cause: error });
    }
  }

  /** A connection of its own, TLS included, for an upgrade. */
  connect(api: RemoteApi, signal: AbortSignal): Promise<Duplex> {
    return this.#pool(api).open(AbortSignal.any([signal, AbortSignal.timeout(upgradeDialMs)]));
  }

  /** Leads what follows to the endpoints that a Service has now; what is under way stays where it is. */
  renew({ namespace, name }: { readonly namespace: string; readonly name: string }): void {
    for (const [key, { service }] of this.#pools) {
      // Its idle connections end by themselves.
      if (service.namespace === namespace && service.name === name) this.#pools.delete(key);
    }
  }

  close(): void {
    this.#closing.abort();
    for (const { pool } of this.#pools.values()) pool.destroy();
    this.#pools.clear();
  }

  #pool(api: RemoteApi): ConnectionPool {
    const { service, ca, isInsecure } = api;
    const key = JSON.stringify([service, ca, isInsecure]);
    const known = this.#pools.get(key);
    if (known !== undefined) return known.pool;
    const { reader, dialService, identity } = this.#options;
    // What configurations of long ago have left: its idle connections end by themselves.
    const [oldest] = this.#pools.keys();
    if (this.#pools.size >= maxPools && oldest !== undefined) this.#pools.delete(oldest);
    const pool = new ConnectionPool({
      serverName: serverNameOf(api),
      ca: ca === '' ? undefined : ca,
      isInsecure,
      identity,
      dial: async (signal) => {
        if (dialService === undefined || identity === undefined) {
          throw new Error(`service ${JSON.stringify(service.name)} cannot be reached from here`);
        }
        return dialService(service, reader, signal);
      },
    });
    this.#pools.set(key, { service, pool });
    return pool;
  }
}

/** What an extension server is addressed as. */
export const hostOf = (api: RemoteApi): string => `${serverNameOf(api)}:${api.service.port}`;
