import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Registry } from 'prom-client';
import { refuseUpgrade } from '../../machinery/upgrade/response-head.ts';
import type { Logger } from '../../system/logger.ts';
import { apiServerClientName, authorize } from './authorize.ts';
import type { KubeletServerBackend } from './backend.ts';
import type { Call, ServerContext, UpgradeCall } from './context.ts';
import { serveDial } from './dial.ts';
import type { Handler } from './handlers.ts';
import { containerLogs, healthz, metrics, metricsResource, pods, statsSummary } from './handlers.ts';
import { asHttpError, HttpError } from './http-error.ts';
import { PodRelays } from './port-forward/pod-relays.ts';
import { servePortForward } from './port-forward/serve-port-forward.ts';
import type { Route } from './routes.ts';
import { matchRoute } from './routes.ts';
import { serveContainer } from './streams/serve-container.ts';

export interface KubeletServerOptions {
  readonly backend: KubeletServerBackend;
  readonly address: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** PEM; `clientCa` signs the API server's client certificate. */
  readonly tls: { readonly cert: string | Buffer; readonly key: string | Buffer; readonly clientCa: string | Buffer };
  readonly logger: Logger;
  /** Served under `/metrics`. */
  readonly registry?: Pick<Registry, 'metrics' | 'contentType'> | undefined;
  /** The only client that is let in; the API server by its certificate's name when left out. */
  readonly clientName?: string;
  /** Called once when connections are taken. */
  readonly onListening?: (port: number) => void;
}

type UpgradeHandler = (context: ServerContext, call: UpgradeCall) => Promise<void>;

const get = ['GET', 'HEAD'];
const either = ['GET', 'POST'];

const routes: readonly Route<Handler>[] = [
  { methods: get, path: '/healthz', handler: healthz },
  { methods: get, path: '/healthz/ping', handler: healthz },
  { methods: get, path: '/healthz/syncloop', handler: healthz },
  { methods: get, path: '/pods', handler: pods },
  { methods: get, path: '/stats/summary', handler: statsSummary },
  { methods: get, path: '/metrics', handler: metrics },
  { methods: get, path: '/metrics/resource', handler: metricsResource },
  { methods: get, path: '/containerLogs/:namespace/:pod/:container', handler: containerLogs },
];

const exec: UpgradeHandler = (context, call) => serveContainer('exec', context, call);
const attach: UpgradeHandler = (context, call) => serveContainer('attach', context, call);

const upgradeRoutes: readonly Route<UpgradeHandler>[] = [
  { methods: either, path: '/exec/:namespace/:pod/:container', handler: exec },
  { methods: either, path: '/exec/:namespace/:pod/:uid/:container', handler: exec },
  { methods: either, path: '/attach/:namespace/:pod/:container', handler: attach },
  { methods: either, path: '/attach/:namespace/:pod/:uid/:container', handler: attach },
  { methods: either, path: '/portForward/:namespace/:pod', handler: servePortForward },
  { methods: either, path: '/portForward/:namespace/:pod/:uid', handler: servePortForward },
  { methods: ['GET'], path: '/cox/dial/:address/:port', handler: serveDial },
];

/** How long a stream may be silent, as upstream's streamingConnectionIdleTimeout. */
const streamIdleMs = 4 * 60 * 60 * 1000;

function resolveRoute<H>(
  list: readonly Route<H>[],
  call: Omit<Call, 'parameters' | 'query'>,
): { handler: H; call: Call } {
  const url = new URL(call.request.url ?? '/', 'http://kubelet');
  const match = matchRoute(list, call.request.method ?? 'GET', url.pathname);
  if (match === 'not-found') throw new HttpError(404, '404 page not found');
  if (match === 'wrong-method') throw new HttpError(405, '405: Method Not Allowed');
  return { handler: match.handler, call: { ...call, parameters: match.parameters, query: url.searchParams } };
}

class KubeletServer {
  readonly context: ServerContext;
  readonly #clientName: string;

  constructor(context: ServerContext, clientName: string) {
    this.context = context;
    this.#clientName = clientName;
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const abort = new AbortController();
    response.once('close', () => abort.abort());
    try {
      authorize(request.socket as TLSSocket, this.#clientName, 'proxy');
      if (isUpgradeOnly(request)) throw new HttpError(400, 'Upgrade request required');
      const { handler, call } = resolveRoute(routes, { request, signal: abort.signal });
      await handler(this.context, call, response);
    } catch (error) {
      this.#refuse(response, error, request.url);
    }
  }

  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const abort = new AbortController();
    const tls = request.socket as TLSSocket;
    const writtenBefore = tls.bytesWritten;
    socket.once('close', () => abort.abort());
    socket.on('error', (err) => this.context.logger.debug({ err }, 'Upgraded connection broke'));
    try {
      authorize(tls, this.#clientName, 'proxy');
      tls.setTimeout(streamIdleMs, () => tls.destroy());
      const { handler, call } = resolveRoute(upgradeRoutes, { request, signal: abort.signal });
      await handler(this.context, { ...call, socket, head });
    } catch (error) {
      const { status, message } = this.#explain(error, request.url);
      // Nothing can be said any more on a connection that has been answered already.
      if (tls.bytesWritten > writtenBefore) socket.destroy();
      else refuseUpgrade(socket, status, `${message}\n`);
    }
  }

  #refuse(response: ServerResponse, error: unknown, path: string | undefined): void {
    if (response.headersSent || response.destroyed) {
      this.context.logger.debug({ err: error, path }, 'Answer broken off');
      response.destroy();
      return;
    }
    const { status, message } = this.#explain(error, path);
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' });
    response.end(message);
  }

  #explain(error: unknown, path: string | undefined): HttpError {
    const refusal = asHttpError(error);
    // An HttpError is an answer; whatever else came up is worth a look.
    if (error instanceof HttpError) this.context.logger.debug({ path, status: refusal.status }, refusal.message);
    else this.context.logger.warn({ err: error, path }, 'Request failed');
    return refusal;
  }
}

function isUpgradeOnly({ url = '' }: IncomingMessage): boolean {
  return /^\/(exec|attach|portForward|cox)\//.test(url);
}

/**
 * Serves the kubelet's HTTPS API to the API server until `signal` is aborted; rejects when the port cannot be taken.
 * Streams that are open then are cut.
 */
export async function startKubeletServer(options: KubeletServerOptions, signal: AbortSignal): Promise<void> {
  const { backend, address, port, tls, logger, registry } = options;
  using relays = new PodRelays(logger);
  const metricsText: ServerContext['metrics'] = async () => ({
    text: (await registry?.metrics()) ?? '',
    contentType: registry?.contentType ?? 'text/plain; version=0.0.4; charset=utf-8',
  });
  const context: ServerContext = { backend, relays, logger, metrics: metricsText };
  const kubelet = new KubeletServer(context, options.clientName ?? apiServerClientName);
  const server = createServer({
    cert: tls.cert,
    key: tls.key,
    ca: tls.clientCa,
    requestCert: true,
    // A client without a good certificate gets a readable 401.
    rejectUnauthorized: false,
    minVersion: 'TLSv1.2',
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
    noDelay: true,
  });
  const sockets = new Set<Duplex>();
  server.on('connection', (socket: Duplex) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('request', (request, response) => void kubelet.serve(request, response));
  server.on('upgrade', (request, socket: Duplex, head: Buffer) => void kubelet.upgrade(request, socket, head));
  server.on('tlsClientError', (err) => logger.debug({ err }, 'TLS handshake failed'));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => options.onListening?.((server.address() as AddressInfo).port));
    server.once('close', resolve);
    const stop = (): void => {
      server.close();
      for (const socket of sockets) socket.destroy();
    };
    if (signal.aborted) resolve();
    else {
      signal.addEventListener('abort', stop, { once: true });
      server.listen(port, address);
    }
  });
}
