import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { createSecureServer, createServer as createHttp2Server } from 'node:http2';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server, Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { PeerCertificate } from 'node:tls';
import type { Identity } from './authorities.ts';
import { people } from './authorities.ts';
import { createServer as createTcpServer } from 'node:net';
import type { Secret } from '../../../src/api/core/secret.schema.ts';
import { selfSigned } from '../../../src/ingress/nginx/default-certificate.ts';
import { freePort } from './machine.ts';

interface BackendService {
  readonly port: number;
  readonly addresses: readonly string[];
  readonly clusterIP?: string;
}

/** The names of 127.0.8.x, as the answers of backends say them. */
const names: Readonly<Record<string, string>> = {
  '127.0.8.1': 'a',
  '127.0.8.2': 'b',
  '127.0.8.3': 'c1',
  '127.0.8.4': 'c2',
  '127.0.8.5': 'c3',
};

/** What was asked of the backends, by path and the query's `id`, and with the server's name: for requests whose answers nobody sees. */
export const seen = new Map<
  string,
  { readonly url: string; readonly headers: IncomingMessage['headers']; body: string }
>();

/** The `id`s of requests that have come in part, at least. */
export const begun = new Set<string>();

/** Who asked, and how, where it was over TLS. */
function ofHandshake({ socket, httpVersion }: IncomingMessage) {
  if (!(socket instanceof TLSSocket)) return { version: httpVersion };
  const peer = (socket.getPeerCertificate() as Partial<PeerCertificate>).subject?.CN;
  return { peer, asked: socket.servername, version: socket.getProtocol(), cipher: socket.getCipher().name };
}

/**
 * The query says what is answered: `status`, `delay` in ms, `size` in bytes, `say` for a header `name:value`. Paths
 * that begin with `/auth` obey `auth-status` and `auth-say` instead.
 */
function answer(asked: IncomingMessage, reply: ServerResponse): void {
  let body = '';
  begun.add(new URL(asked.url ?? '/', 'http://x').searchParams.get('id') ?? '');
  asked.setEncoding('latin1');
  asked.on('data', (chunk: string) => {
    body += chunk;
  });
  asked.on('end', () => {
    const url = new URL(asked.url ?? '/', 'http://x');
    const kind = url.pathname.startsWith('/auth') ? 'auth-' : '';
    const query = (name: string): string | null => url.searchParams.get(kind + name);
    const id = query('id');
    if (id !== null) {
      const one = { url: asked.url ?? '', headers: asked.headers, body };
      seen.set(`${url.pathname} ${id}`, one);
      seen.set(`${url.pathname} ${id} ${names[asked.socket.localAddress ?? '']}`, one);
    }
    reply.statusCode = Number(query('status') ?? 200);
    for (const text of url.searchParams.getAll(`${kind}say`)) {
      const [name = '', value = ''] = text.split(':');
      reply.appendHeader(name, value);
    }
    const long = query('long');
    if (long !== null) reply.setHeader('x-long', 'x'.repeat(Number(long)));
    const said = {
      name: names[asked.socket.localAddress ?? ''] ?? asked.socket.localAddress,
      url: asked.url,
      method: asked.method,
      headers: asked.headers,
      bytes: body.length,
      ...ofHandshake(asked),
    };
    const size = query('size');
    const send = (): unknown => reply.end(size === null ? JSON.stringify(said) : 'x'.repeat(Number(size)));
    const isSlow = query('slow') === said.name;
    setTimeout(send, isSlow ? 100 : Number(query('delay') ?? 0)).unref();
  });
}

function secret(name: string, data: Readonly<Record<string, string>>): Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name,
      namespace: 'default',
      uid: `uid-${name}`,
      resourceVersion: '1',
      creationTimestamp: '2024-01-01T00:00:00Z',
    },
    type: 'Opaque',
    data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')])),
  };
}

/** "opensesame" in two of htpasswd's formats: Apache's own, and the machine's crypt with SHA-512. */
const hashes = {
  apache: '$apr1$coxswain$G2SRXDQLBeXp2hNdGBH3k0',
  sha512: '$6$coxswain$bBq6l09RSVijoDVok./rB5ZqHWwXgYVY3pOETXkrgJR5kIF.q4UDXZ8YygKtSk.gdAnR7mEKH0cs1l1eYQojP/',
};

/** Starts all servers that the cases of annotations need. */
export async function startAnnotationBackends() {
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  const listen = async <T extends Server>(server: T, ip: string, port = 0): Promise<number> => {
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    });
    server.listen(port, ip);
    await once(server, 'listening');
    servers.push(server);
    return (server.address() as AddressInfo).port;
  };
  const port = await freePort();
  for (const ip of Object.keys(names)) await listen(createServer(answer), ip, port);
  const pem = selfSigned(new Date(), 'backend');
  const grpc = (asked: Http2ServerRequest, reply: Http2ServerResponse): void => {
    asked.resume();
    reply.setHeader('content-type', 'application/json');
    reply.end(JSON.stringify({ name: 'grpc', url: asked.url, headers: asked.headers }));
  };
  const mutual = ({ cert, key }: Identity): Server =>
    createTlsServer({ cert, key, requestCert: true, rejectUnauthorized: false }, answer);
  const silent = (): Server => createTcpServer((socket) => socket.pause());
  const address = '127.0.8.1';
  const services: Readonly<Record<string, BackendService>> = {
    a: { port, addresses: ['127.0.8.1'] },
    b: { port, addresses: ['127.0.8.2'] },
    c: { port, addresses: ['127.0.8.3', '127.0.8.4', '127.0.8.5'] },
    halfdead: { port, addresses: ['127.0.8.3', '127.0.8.98', '127.0.8.99'] },
    empty: { port, addresses: [] },
    byaddress: { port, addresses: ['127.0.8.1'], clusterIP: '127.0.8.2' },
    https: { port: await listen(createTlsServer({ key: pem, cert: pem }, answer), address), addresses: [address] },
    grpc: { port: await listen(createHttp2Server(grpc), address), addresses: [address] },
    grpcs: { port: await listen(createSecureServer({ key: pem, cert: pem }, grpc), address), addresses: [address] },
    mutual: { port: await listen(mutual(people.near), address), addresses: [address] },
    distant: { port: await listen(mutual(people.far), address), addresses: [address] },
    silent: { port: await listen(silent(), address), addresses: [address] },
  };
  return {
    port,
    services,
    secrets: [
      secret('users', { auth: `ali:${hashes.apache}\n` }),
      secret('map', { zoe: hashes.sha512 }),
      secret('authorities', { 'ca.crt': people.root.cert }),
      secret('proxy', { 'ca.crt': people.root.cert, 'tls.crt': people.far.cert, 'tls.key': people.far.key }),
      secret('revoking', { 'ca.crt': people.root.cert, 'ca.crl': 'x' }),
    ],
    close: async (): Promise<void> => {
      for (const socket of sockets) socket.destroy();
      for (const server of servers) await new Promise((resolve) => server.close(resolve));
    },
  };
}
