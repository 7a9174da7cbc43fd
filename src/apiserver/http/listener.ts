import type { IncomingMessage, ServerResponse } from 'node:http';
import { STATUS_CODES } from 'node:http';
import { createSecureServer } from 'node:http2';
import type { Http2SecureServer, IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import type { Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Logger } from '../../system/logger.ts';
import type { AnswerStream } from './answer-stream.ts';
import { Http1Answer, Http2Answer } from './answer-stream.ts';
import type { ReceivedRequest } from './exchange.ts';
import { HttpApiRequest, sendResponse } from './exchange.ts';
import type { ApiRequest, ApiResponse } from './message.ts';
import { peerCertificate } from './peer-certificate.ts';
import { asStatusError, errorResponse } from './status.ts';

export interface ListenOptions {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** PEM. `ca` signs the client certificates that are trusted. */
  readonly tls: { readonly cert: string | Buffer; readonly key: string | Buffer; readonly ca: string | Buffer };
}

export interface Listener {
  readonly port: number;
  close(): Promise<void>;
}

export interface ListenerHandlers {
  handle(request: ApiRequest): Promise<ApiResponse>;
  upgrade(request: ApiRequest, message: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>;
  readonly logger: Logger;
}

/** How many requests one connection may have in flight: an agent's watches and its writes share one. */
const maxStreams = 1000;
/** How many requests one connection may break off in a burst, and in 20 seconds from then on. */
const maxResets = 5000;
const sessionMegabytes = 64;
const headersMs = 15_000;
const idleConnectionMs = 120_000;

async function serve(handlers: ListenerHandlers, received: ReceivedRequest, answer: AnswerStream): Promise<void> {
  const request = new HttpApiRequest(received, answer);
  try {
    await sendResponse(answer, await handlers.handle(request), request.method);
  } catch (err) {
    // `handle` turns errors into answers: what comes here broke while an answer was written.
    handlers.logger.debug({ err, path: request.url }, 'Answer broken off');
    answer.destroy();
  }
}

function onRequest(handlers: ListenerHandlers, message: IncomingMessage, response: ServerResponse): void {
  const { method = 'GET', url = '/', headers, socket } = message;
  const peer = peerCertificate(socket, socket as TLSSocket);
  void serve(handlers, { method, url, headers, body: message, peer }, new Http1Answer(response));
}

function onStream(handlers: ListenerHandlers, stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
  stream.on('error', (err) => handlers.logger.debug({ err }, 'HTTP/2 stream broke'));
  const session = stream.session as ServerHttp2Session | undefined;
  const isOpen = session !== undefined && !session.destroyed;
  const peer = isOpen ? peerCertificate(session, session.socket as TLSSocket) : {};
  if (headers.expect === '100-continue') stream.additionalHeaders({ ':status': 100 });
  const { ':method': method = 'GET', ':path': url = '/' } = headers;
  void serve(handlers, { method, url, headers, body: stream, peer }, new Http2Answer(stream));
}

/** Writes an answer onto the socket of an upgrade request that is refused. */
function refuse(socket: Duplex, answer: ApiResponse): void {
  const body = Buffer.isBuffer(answer.body) ? answer.body : Buffer.alloc(0);
  const headers = { ...answer.headers, 'content-length': String(body.length), connection: 'close' };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.end(
    `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? 'Error'}\r\n${lines.join('\r\n')}\r\n\r\n${body.toString('utf8')}`,
  );
}

function onUpgrade(handlers: ListenerHandlers, message: IncomingMessage, socket: Duplex, head: Buffer): void {
  socket.on('error', (err) => handlers.logger.debug({ err }, 'Upgraded connection broke'));
  const peer = peerCertificate(message.socket, message.socket as TLSSocket);
  const abort = new AbortController();
  socket.once('close', () => abort.abort());
  const request: ApiRequest = {
    method: message.method ?? 'GET',
    url: message.url ?? '/',
    headers: message.headers,
    readBody: () => Promise.resolve(Buffer.alloc(0)),
    clientCertificate: peer.certificate,
    certificateError: peer.error,
    signal: abort.signal,
  };
  handlers.upgrade(request, message, socket, head).catch((error: unknown) => {
    const status = asStatusError(error);
    if (status !== error) handlers.logger.error({ err: error, url: request.url }, 'Upgrade failed');
    return refuse(socket, errorResponse(status));
  });
}

function secureServer({ tls }: ListenOptions): Http2SecureServer {
  return createSecureServer({
    cert: tls.cert,
    key: tls.key,
    ca: tls.ca,
    allowHTTP1: true,
    requestCert: true,
    // A certificate that does not verify is answered with a readable 401, not a broken handshake.
    rejectUnauthorized: false,
    minVersion: 'TLSv1.2',
    // Ending a watch is a reset; Node's own limit of a thousand at once would cut off a busy agent.
    streamResetBurst: maxResets,
    streamResetRate: maxResets / 20,
    // A long list on its way must not keep the same connection's other requests out.
    maxSessionMemory: sessionMegabytes,
    settings: { maxConcurrentStreams: maxStreams, initialWindowSize: 1024 * 1024 },
  });
}

/** Serves HTTPS, HTTP/2 and HTTP/1.1 on one port; resolves when connections are taken. */
export async function listen(options: ListenOptions, handlers: ListenerHandlers): Promise<Listener> {
  const server = secureServer(options);
  const sockets = new Set<Duplex>();
  Object.assign(server, { headersTimeout: headersMs });
  server.on('connection', (socket: Duplex) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('session', (session: ServerHttp2Session) => {
    closeWhenIdle(session);
    session.on('error', (err) => handlers.logger.debug({ err }, 'HTTP/2 connection broke'));
  });
  const http1 = server as unknown as HttpsServer;
  http1.on('request', (message, response) => onRequest(handlers, message, response));
  // With the first listener for requests Node has put one of its own in front of HTTP/2: only HTTP/1.1 needs it.
  server.removeAllListeners('stream');
  server.on('stream', (stream, headers) => onStream(handlers, stream, headers));
  server.on('upgrade', (message: IncomingMessage, socket: Duplex, head: Buffer) =>
    onUpgrade(handlers, message, socket, head),
  );
  server.on('tlsClientError', (err) => handlers.logger.debug({ err }, 'TLS handshake failed'));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      server.on('error', (err) => handlers.logger.error({ err }, 'Listener failed'));
      resolve();
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/**
 * A quiet connection is closed only when no watch or other request is open on it. The timer is our own: that of Node's
 * session goes on, and keeps the session in memory, when the connection has long been lost.
 */
function closeWhenIdle(session: ServerHttp2Session): void {
  let open = 0;
  const idle = setTimeout(() => {
    if (open === 0) session.close();
  }, idleConnectionMs).unref();
  const stayOpen = (): void => {
    // A timer that was cleared would begin anew.
    if (!session.destroyed) idle.refresh();
  };
  session.on('stream', (stream) => {
    open++;
    stream.once('close', () => {
      open--;
      stayOpen();
    });
  });
  session.on('ping', stayOpen);
  session.once('close', () => clearTimeout(idle));
}
