import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from 'node:https';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { SelfSigned } from './self-signed.ts';

/** The group and version that the extension server answers for. */
export const extension = { group: 'ext.example.com', version: 'v1alpha1' };
const root = `/apis/${extension.group}/${extension.version}`;
const aggregatedType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** An API server beside this one, on 127.0.0.1: it says who it was asked by, echoes bodies, watches and upgrades. */
export interface ExtensionServer extends AsyncDisposable {
  readonly port: number;
  /** Whether it knows aggregated discovery. */
  isModern: boolean;
  /** Whether it says nothing when it is asked what it serves. */
  isSilent: boolean;
  /** Watches that are open now. */
  readonly watches: Set<ServerResponse>;
}

const resources = {
  modern: {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    items: [
      {
        metadata: { name: extension.group },
        versions: [
          {
            version: extension.version,
            resources: [{ resource: 'things', responseKind: { kind: 'Thing' }, scope: 'Namespaced', verbs: ['list'] }],
          },
        ],
      },
    ],
  },
  list: {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: `${extension.group}/${extension.version}`,
    resources: [
      { name: 'things', singularName: 'thing', namespaced: true, kind: 'Thing', verbs: ['list'] },
      { name: 'things/status', singularName: '', namespaced: true, kind: 'Thing', verbs: ['get'] },
    ],
  },
};

function answerDiscovery(path: string, server: { readonly isModern: boolean }): { body: unknown; type: string } {
  const type = 'application/json';
  if (path === '/apis' && server.isModern) return { body: resources.modern, type: aggregatedType };
  if (path === root) return { body: resources.list, type };
  const name = root.slice(1);
  if (path === '/openapi/v3')
    return { body: { paths: { [name]: { serverRelativeURL: `/openapi/v3${root}?hash=1` } } }, type };
  if (path === `/openapi/v3${root}`) return { body: { openapi: '3.0.0' }, type };
  return { body: undefined, type };
}

function answer(server: ExtensionServer, request: IncomingMessage, response: ServerResponse): void {
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  const { body, type } = answerDiscovery(path, server);
  if (body !== undefined && server.isSilent) {
    request.resume();
  } else if (body !== undefined) {
    response.setHeader('content-type', type);
    response.end(JSON.stringify(body));
  } else if (path.endsWith('/echo')) {
    response.writeHead(200, { 'content-type': 'application/octet-stream' });
    request.pipe(response);
  } else if (path.endsWith('/moved')) {
    response.writeHead(302, { location: 'https://example.com/' });
    response.end();
  } else if (/[?&]watch=true/.test(request.url ?? '')) {
    server.watches.add(response);
    response.once('close', () => server.watches.delete(response));
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('{"type":"ADDED"}\n');
  } else if (path.startsWith(`${root}/namespaces/`)) {
    const certificate = (request.socket as TLSSocket).getPeerCertificate().subject.CN;
    const { method, url, rawHeaders } = request;
    request.resume().once('end', () => {
      response.writeHead(200, { 'content-type': 'application/json', 'x-from': 'extension' });
      response.end(JSON.stringify({ certificate, method, url, rawHeaders }));
    });
  } else {
    response.writeHead(404, { 'content-type': 'text/plain' });
    response.end('not here');
  }
}

/** Takes an upgrade and sends back whatever comes, or refuses it where the path says so. */
function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
  if (request.url?.endsWith('/refused') === true) {
    socket.end('HTTP/1.1 403 Forbidden\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\nno');
    return;
  }
  const user = request.headers['x-remote-user'];
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\nX-User: ${String(user)}\r\n\r\n`,
  );
  socket.write(head);
  socket.on('error', () => socket.destroy());
  socket.pipe(socket);
}

/** Starts one; it lets in only clients whose certificate `clientCa` has signed. */
export async function startExtensionServer(pair: SelfSigned, clientCa: string): Promise<ExtensionServer> {
  const server: Server = createServer({ ...pair, ca: clientCa, requestCert: true, rejectUnauthorized: true });
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const extensionServer: ExtensionServer = {
    port: (server.address() as AddressInfo).port,
    isModern: true,
    isSilent: false,
    watches: new Set(),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
  server.on('request', (request, response) => answer(extensionServer, request, response));
  server.on('upgrade', upgrade);
  return extensionServer;
}
