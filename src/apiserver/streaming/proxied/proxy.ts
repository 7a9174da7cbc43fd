import { request as httpRequest } from 'node:http';
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { StatusError } from '../../../api/status-error.ts';
import { dialError } from '../../../machinery/upgrade/dial-failure.ts';
import { requestUpgrade } from '../../../machinery/upgrade/request-upgrade.ts';
import type { Logger } from '../../../system/logger.ts';
import type { ApiResponse } from '../../http/message.ts';
import type { KubeletClient } from '../kubelet-client.ts';
import { DialRefused } from '../kubelet-client.ts';
import type { RequestContext, UpgradeContext } from '../types.ts';
import { join, signalOf } from '../upgrade.ts';
import { dial } from './dial.ts';
import { requestHeaders, responseHeaders, rewriteLocation } from './headers.ts';
import type { Location } from './location.ts';
import { locate } from './location.ts';
import { pageOf } from './page.ts';

export interface ProxyContext {
  readonly kubelets: KubeletClient;
  readonly logger: Logger;
}

/** A proxied path: what stands in front of it here, and what the proxied server is asked for. */
interface ProxiedPath {
  readonly prefix: string;
  readonly path: string;
  readonly query: string;
  /** True when the client left out the slash behind `/proxy`. */
  readonly isBare: boolean;
}

/** Takes a request's URL apart at the path that is proxied. */
export function proxiedPath(url: string, tail: string): ProxiedPath {
  const mark = url.indexOf('?');
  const whole = mark < 0 ? url : url.slice(0, mark);
  const query = mark < 0 ? '' : url.slice(mark);
  const isBare = !whole.endsWith(tail);
  return {
    prefix: isBare ? whole : whole.slice(0, whole.length - tail.length),
    path: `${tail}${query}`,
    query,
    isBare,
  };
}

const unreachable = (reason: string, cause: unknown): StatusError =>
  new StatusError('ServiceUnavailable', `error trying to reach service: ${reason}`, undefined, { cause });

/** A connection to the proxied server, TLS included; throws StatusError `ServiceUnavailable`. */
async function open(
  { kubelets }: ProxyContext,
  location: Exclude<Location, { via: 'kubelet' }>,
  signal: AbortSignal,
): Promise<Duplex> {
  const { host, port, scheme } = location;
  try {
    const plain =
      location.via === 'node'
        ? await kubelets.dial(location.kubelet, { ip: host, port }, signal)
        : await dial(host, port, signal);
    return scheme === 'https' ? await secure(plain) : plain;
  } catch (error) {
    throw unreachable(error instanceof DialRefused ? error.message : dialError(host, port, error), error);
  }
}

/** TLS to a pod: nobody vouches for pods' certificates, so any will do, as upstream has it. */
function secure(plain: Duplex): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ socket: plain, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] });
    socket.once('error', reject);
    socket.once('secureConnect', () => resolve(socket));
  });
}

interface Outgoing {
  readonly method: string;
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Readable | undefined;
  readonly signal: AbortSignal;
}

function sendOver(connection: Duplex, { method, path, headers, body, signal }: Outgoing): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const options = { method, path, headers: { ...headers, connection: 'close' }, signal, setHost: false };
    const request = httpRequest({ ...options, createConnection: () => connection });
    request.once('response', (response) => {
      signal.addEventListener('abort', () => response.destroy(), { once: true });
      response.once('close', () => connection.destroy());
      resolve(response);
    });
    request.on('error', (error) => reject(unreachable(error.message, error)));
    if (body === undefined) request.end();
    else body.on('error', (error) => request.destroy(error)).pipe(request);
  });
}

function hasBody({ request }: RequestContext): boolean {
  const length = request.headers['content-length'];
  return (
    (length !== undefined && length !== '0') ||
    request.headers['transfer-encoding'] !== undefined ||
    isHttp2Body(request)
  );
}

/** HTTP/2 needs no length: a method that usually has a body may have one. */
function isHttp2Body({ method, headers }: RequestContext['request']): boolean {
  return headers[':method'] !== undefined && ['POST', 'PUT', 'PATCH'].includes(method);
}

function redirectToSlash({ prefix, query }: ProxiedPath): ApiResponse {
  return { status: 301, headers: { location: `${prefix}/${query}`, 'content-type': 'text/plain' }, body: [] };
}

/** Answers `pods|services|nodes/X/proxy/…` with what the proxied server says. */
export async function proxyRequest(proxy: ProxyContext, context: RequestContext): Promise<ApiResponse> {
  const { request, target } = context;
  const { method, signal } = request;
  const proxied = proxiedPath(request.url, target.path);
  const location = await locate(context);
  if (proxied.isBare && (method === 'GET' || method === 'HEAD')) return redirectToSlash(proxied);
  const headers = requestHeaders(request.headers, proxied);
  const body = hasBody(context) ? request.bodyStream : undefined;
  const outgoing = { method, path: proxied.path, headers, body, signal };
  const response = await send(proxy, location, outgoing);
  const hosts = [String(headers['host'] ?? ''), location.via === 'kubelet' ? '' : `${location.host}:${location.port}`];
  const rewrite = (target: string): string => rewriteLocation(target, proxied.prefix, hosts);
  const answered = responseHeaders(response, rewrite);
  const status = response.statusCode ?? 502;
  if (method === 'HEAD') {
    response.resume();
    return { status, headers: answered, body: response };
  }
  const { body: page, dropped } = pageOf(response, rewrite);
  const kept = Object.entries(answered).filter(([name]) => !dropped.includes(name));
  return { status, headers: Object.fromEntries(kept), body: page };
}

async function send(proxy: ProxyContext, location: Location, outgoing: Outgoing): Promise<IncomingMessage> {
  if (location.via !== 'kubelet') return await sendOver(await open(proxy, location, outgoing.signal), outgoing);
  try {
    return await proxy.kubelets.request(location.kubelet, outgoing);
  } catch (error) {
    throw unreachable((error as Error).message, error);
  }
}

/** Serves an upgrade (a WebSocket, say) to a proxied server. */
export async function proxyUpgrade(proxy: ProxyContext, context: UpgradeContext): Promise<void> {
  const { request, target } = context;
  const { method = 'GET', url = '/' } = request;
  const signal = signalOf(context);
  const proxied = proxiedPath(url, target.path);
  const location = await locate(context);
  const headers = requestHeaders(request.headersDistinct, { ...proxied, keepUpgrade: true });
  if (location.via === 'kubelet') {
    try {
      join(context, await proxy.kubelets.upgrade(location.kubelet, { method, path: proxied.path, headers, signal }));
    } catch (error) {
      throw new StatusError('InternalError', `error dialing backend: ${(error as Error).message}`, undefined, {
        cause: error,
      });
    }
    return;
  }
  const over = await open(proxy, location, signal);
  try {
    join(
      context,
      await requestUpgrade({
        url: new URL(`http://${location.host.includes(':') ? `[${location.host}]` : location.host}`),
        path: proxied.path,
        method,
        headers,
        over,
        signal,
      }),
    );
  } catch (error) {
    over.destroy();
    throw unreachable((error as Error).message, error);
  }
}
