import type { ChildProcess } from 'node:child_process';
import { execFileSync, spawn } from 'node:child_process';
import type { Socket } from 'node:dgram';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import type { IncomingMessage, RequestOptions, Server } from 'node:http';
import { createServer, request } from 'node:http';
import { request as requestTls } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { decode, encode } from 'dns-packet';
import { nginxCommand } from '../../../src/ingress/ingress.ts';

/** Why tests with a real nginx cannot run here; undefined where they can. */
export function whyNotHere(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root';
  try {
    execFileSync('nginx', ['-v'], { stdio: 'ignore' });
  } catch {
    return 'needs nginx';
  }
  return existsSync('/usr/lib/nginx/modules/ngx_http_lua_module.so') ? undefined : "needs nginx's Lua module";
}

/** A folder in memory for a test's nginx. */
export async function nginxDirectory(name: string): Promise<string> {
  const path = `/dev/shm/${name}-${process.pid}`;
  await rm(path, { recursive: true, force: true });
  await mkdir(path, { recursive: true });
  return path;
}

/** A port of loopback that nobody uses. */
export async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Keeps nginx running as a supervisor does: at once again when it ends. */
export class Supervised {
  readonly #directory: string;
  #child: ChildProcess | undefined;
  #stopped = false;
  output = '';

  constructor(directory: string) {
    this.#directory = directory;
  }

  start(): void {
    const [file = '', ...args] = nginxCommand({ directory: this.#directory });
    const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
    child.stderr.on('data', (chunk: Buffer) => {
      this.output += String(chunk);
    });
    child.once('close', () => {
      if (!this.#stopped) this.start();
    });
    this.#child = child;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Ends it with a signal; it is started again. */
  async kill(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.kill('SIGTERM');
  }
}

/** HTTP servers that say who they are, on addresses of loopback. */
export class Backends {
  readonly #servers: Server[] = [];
  readonly #sockets: Socket[] = [];

  /** Answers with its name, and with what it was asked, as JSON. `POST` bodies are counted. */
  async serve(name: string, ip: string, port: number): Promise<Server> {
    const server = createServer((asked, answer) => {
      let bytes = 0;
      asked.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      asked.on('end', () => {
        const send = (): unknown =>
          answer.end(JSON.stringify({ name, url: asked.url, method: asked.method, headers: asked.headers, bytes }));
        const delay = Number(new URL(asked.url ?? '/', 'http://x').searchParams.get('delay') ?? 0);
        if (delay > 0) setTimeout(send, delay);
        else send();
      });
    });
    server.on('upgrade', (_, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n');
      socket.pipe(socket);
      socket.on('error', () => undefined);
    });
    server.listen(port, ip);
    await once(server, 'listening');
    this.#servers.push(server);
    return server;
  }

  /** A DNS server that gives every name one address; its port. */
  async resolve(address: string): Promise<number> {
    const socket = createSocket('udp4', (message, from) => {
      const query = decode(message);
      const answers = (query.questions ?? [])
        .filter(({ type }) => type === 'A')
        .map(({ name }) => ({ type: 'A' as const, name, ttl: 1, data: address }));
      const { id, questions } = query;
      socket.send(
        encode({ type: 'response', id: id ?? 0, questions: questions ?? [], answers }),
        from.port,
        from.address,
      );
    });
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    this.#sockets.push(socket);
    return socket.address().port;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.close();
    for (const server of this.#servers) {
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    }
  }
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  /** What a backend of `Backends` said; empty for any other answer. */
  readonly said: {
    readonly name?: string;
    readonly url?: string;
    readonly bytes?: number;
    readonly headers?: Readonly<Record<string, string>>;
  };
  readonly certificate: string | undefined;
}

export interface Ask extends Pick<RequestOptions, 'method' | 'agent'> {
  /** What the client shows, PEM. */
  readonly cert?: string;
  readonly key?: string;
  /** The name in the handshake; the host when left out. */
  readonly servername?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly port: number;
  readonly host: string;
  readonly path?: string;
  readonly body?: string | Buffer;
  readonly tls?: boolean;
}

/** One request to loopback. */
export function ask({
  port,
  host,
  path = '/',
  method = 'GET',
  headers = {},
  body,
  tls = false,
  agent,
  cert,
  key,
  servername = host,
}: Ask): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port,
      path,
      method,
      agent: agent ?? false,
      headers: { host, ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }), ...headers },
      timeout: 5000,
      ...(tls ? { rejectUnauthorized: false, servername, cert, key } : {}),
    };
    const sent = (tls ? requestTls : request)(options as RequestOptions, (answer) => {
      const socket = answer.socket as TLSSocket;
      const certificate = tls ? String(socket.getPeerCertificate().subject.CN) : undefined;
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => {
        text += chunk;
      });
      answer.on('error', reject);
      answer.on('end', () => {
        let said: Answer['said'] = {};
        if (text.startsWith('{')) said = JSON.parse(text) as Answer['said'];
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text, said, certificate });
      });
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer')));
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Waits until `check` gives something other than undefined or false; how long that took, in milliseconds. */
export async function until(check: () => Promise<unknown>, limitMs = 5000): Promise<number> {
  const start = performance.now();
  for (;;) {
    const found = await check();
    if (found !== undefined && found !== false) return performance.now() - start;
    if (performance.now() - start > limitMs) throw new Error(`nothing happened within ${limitMs} ms`);
    await sleep(2);
  }
}
