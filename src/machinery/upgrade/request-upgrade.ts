import { request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders, RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';

export interface UpgradeRequest {
  readonly url: URL;
  readonly method: string;
  /** With `connection: Upgrade` and `upgrade`; a list of values is sent as several lines. */
  readonly headers: OutgoingHttpHeaders;
  /** The path and query to ask for, where percent-encoding must stay as a client wrote it; `url`'s own otherwise. */
  readonly path?: string;
  /** For https. */
  readonly tls?: ConnectionOptions;
  /** A connection to speak over, in place of one of its own; TLS is then its opener's affair. */
  readonly over?: Duplex;
  /** Gives up the attempt; without effect once it has been answered. */
  readonly signal?: AbortSignal;
  /** How long the answer may take; 30 s when left out. */
  readonly timeoutMs?: number;
}

/** `upgraded` hands over the connection; otherwise the answer is an ordinary response, not yet read. */
export type UpgradeOutcome =
  | { readonly upgraded: true; readonly response: IncomingMessage; readonly socket: Duplex; readonly head: Buffer }
  | { readonly upgraded: false; readonly response: IncomingMessage };

function start({ url, method, headers, path, tls, over }: UpgradeRequest): ClientRequest {
  const options: RequestOptions = {
    method,
    headers,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port,
    path: path ?? `${url.pathname}${url.search}`,
  };
  // `createConnection` is heeded only where nothing is said about an agent.
  if (over !== undefined) return httpRequest({ ...options, createConnection: () => over });
  const alone = { ...options, agent: false };
  return url.protocol === 'https:' ? httpsRequest({ ...alone, ...tls }) : httpRequest(alone);
}

/** Asks an HTTP/1.1 server to switch protocols; rejects when it cannot be reached or says nothing in time. */
export function requestUpgrade(options: UpgradeRequest): Promise<UpgradeOutcome> {
  const { signal, timeoutMs = 30_000 } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason as Error);
      return;
    }
    const request = start(options);
    const abort = (): void => void request.destroy(new Error('the client has gone'));
    const timer = setTimeout(() => request.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    const settle = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
    signal?.addEventListener('abort', abort, { once: true });
    request.once('upgrade', (response, socket: Duplex, head) => {
      settle();
      resolve({ upgraded: true, response, socket, head });
    });
    request.once('response', (response) => {
      settle();
      resolve({ upgraded: false, response });
    });
    request.on('error', (error) => {
      settle();
      reject(error);
    });
    request.end();
  });
}
