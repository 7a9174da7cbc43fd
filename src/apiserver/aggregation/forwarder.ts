import type { IncomingMessage } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import type { Duplex, Readable } from 'node:stream';
import { StatusError } from '../../api/status-error.ts';
import { requestUpgrade } from '../../machinery/upgrade/request-upgrade.ts';
import { headOf, refuseUpgrade, relayRefusal } from '../../machinery/upgrade/response-head.ts';
import { splice } from '../../machinery/upgrade/splice.ts';
import type { Logger } from '../../system/logger.ts';
import { bearerProtocol, offeredProtocols } from '../auth/authentication/websocket-token.ts';
import type { UserInfo } from '../auth/types.ts';
import type { ApiRequest, ApiResponse } from '../http/message.ts';
import type { RequestInfo } from '../request/request-info.ts';
import { responseHeaders } from '../streaming/proxied/headers.ts';
import { forwardedHeaders } from './identity-headers.ts';
import type { RemoteApi } from './remote-api.ts';
import type { RemoteClient } from './remote-client.ts';
import { failureOf, hostOf } from './remote-client.ts';

/** Everybody waits for discovery: a server that does not answer soon must not hold them all up. */
const discoveryMs = 5000;
/** What a request may take until its answer begins, unless it is one of those that go on for long. */
const requestMs = 60_000;
const longVerbs = new Set(['watch', 'proxy']);
const longSubresources = new Set(['attach', 'exec', 'log', 'portforward', 'proxy']);
const redirectText = 'the backend attempted to redirect this request, which is not permitted';

/** An answer in plain text, as upstream's aggregator gives it. */
function textAnswer(status: number, text: string): ApiResponse & { readonly body: Buffer } {
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' };
  return { status, headers, body: Buffer.from(`${text}\n`) };
}

function limitOf({ isResource, verb, subresource, path }: RequestInfo): number | undefined {
  if (!isResource && path.split('/').filter((segment) => segment !== '').length === 3) return discoveryMs;
  return longVerbs.has(verb) || longSubresources.has(subresource) ? undefined : requestMs;
}

/** HTTP/2 needs no length to have a body: only its end tells. */
function hasBody({ headers, bodyStream }: ApiRequest): boolean {
  if (headers['content-length'] !== undefined) return headers['content-length'] !== '0';
  if (headers['transfer-encoding'] !== undefined) return true;
  return (bodyStream as Partial<ServerHttp2Stream> | undefined)?.endAfterHeaders === false;
}

async function bodyOf(request: ApiRequest): Promise<Readable | Buffer | undefined> {
  if (request.bodyStream !== undefined) return hasBody(request) ? request.bodyStream : undefined;
  const whole = await request.readBody();
  return whole.length === 0 ? undefined : whole;
}

/** A client's offer of protocols without its token, which is for this server alone. */
function withoutToken(headers: Record<string, string | string[]>): Record<string, string | string[]> {
  const { 'sec-websocket-protocol': lines, ...others } = headers;
  const offered = offeredProtocols(typeof lines === 'string' ? [lines] : lines);
  const kept = offered.filter((name) => !name.startsWith(bearerProtocol));
  return kept.length === 0 ? others : { ...others, 'sec-websocket-protocol': kept.join(', ') };
}

/**
 * Whether a client wants to go on in another version of HTTP. Its requests would then come over this server's own
 * connection, with whatever identity they claim, and nobody would look at them.
 */
function isOtherHttp({ headersDistinct }: IncomingMessage): boolean {
  const protocols = (headersDistinct.upgrade ?? []).flatMap((line) => line.toLowerCase().split(','));
  return protocols.some((name) => /^(?:h2|h3|http|tls)/.test(name.trim()));
}

/** Passes requests on to the API servers that answer for them. */
export class Forwarder {
  readonly #client: RemoteClient;
  readonly #logger: Logger;

  constructor(client: RemoteClient, logger: Logger) {
    this.#client = client;
    this.#logger = logger;
  }

  /** Answers with what the server behind `api` says; the user has been authorized. */
  async answer(api: RemoteApi, request: ApiRequest, info: RequestInfo, user: UserInfo): Promise<ApiResponse> {
    if (!api.isAvailable) return textAnswer(503, 'service unavailable');
    const { method, url: path } = request;
    const headers = forwardedHeaders(request.headers, { user, host: hostOf(api), path });
    const body = await bodyOf(request);
    const late = new AbortController();
    const limit = limitOf(info);
    const timer = limit === undefined ? undefined : setTimeout(() => late.abort(), limit);
    const signal = AbortSignal.any([request.signal, late.signal]);
    try {
      return answerOf(await this.#client.send(api, { method, path, headers, body, signal }), method);
    } catch (error) {
      if (late.signal.aborted && limit === requestMs) throw timedOut(error);
      return this.#unreachable(api, late.signal.aborted ? 'context deadline exceeded' : failureOf(error));
    } finally {
      clearTimeout(timer);
    }
  }

  /** Hands an upgraded connection over to the server behind `api`; the user has been authorized. */
  async upgrade(
    api: RemoteApi,
    user: UserInfo,
    { message, socket, head }: { message: IncomingMessage; socket: Duplex; head: Buffer },
  ): Promise<void> {
    if (!api.isAvailable) {
      refuseUpgrade(socket, 503, 'service unavailable\n');
      return;
    }
    if (isOtherHttp(message)) {
      refuseUpgrade(socket, 400, 'this protocol is not forwarded\n');
      return;
    }
    const { method = 'GET', url: path = '/', headersDistinct } = message;
    const gone = new AbortController();
    socket.once('close', () => gone.abort());
    const host = hostOf(api);
    const headers = withoutToken(forwardedHeaders(headersDistinct, { user, host, path, keepUpgrade: true }));
    let over: Duplex | undefined;
    try {
      over = await this.#client.connect(api, gone.signal);
      const url = new URL(`http://${host}`);
      const outcome = await requestUpgrade({ url, path, method, headers, over, signal: gone.signal });
      if (!outcome.upgraded) {
        // Nobody else may get a connection that was opened for one client.
        outcome.response.once('close', () => over?.destroy());
        relayRefusal(socket, outcome.response);
        return;
      }
      socket.write(headOf(outcome.response));
      void splice(socket, outcome.socket, { fromLeft: head, fromRight: outcome.head });
    } catch (error) {
      over?.destroy();
      const { body } = this.#unreachable(api, failureOf(error));
      refuseUpgrade(socket, 503, body.toString());
    }
  }

  #unreachable({ name }: RemoteApi, reason: string): ReturnType<typeof textAnswer> {
    this.#logger.debug({ apiService: name, reason }, 'API server behind an APIService could not be asked');
    return textAnswer(503, `error trying to reach service: ${reason}`);
  }
}

function timedOut(cause: unknown): StatusError {
  const text = 'Timeout: request did not complete within the allotted timeout';
  return new StatusError('Timeout', text, {}, { cause, code: 504 });
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  // An answer without a body.
}

function answerOf(response: IncomingMessage, method: string): ApiResponse {
  const status = response.statusCode ?? 502;
  if (status >= 300 && status <= 399 && response.headers.location !== undefined) {
    response.resume();
    return { status: 502, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: Buffer.from(redirectText) };
  }
  const headers = responseHeaders(response, (location) => location);
  if (method !== 'HEAD' && status !== 204 && status !== 304) return { status, headers, body: response };
  response.resume();
  return { status, headers, body: nothing() };
}
