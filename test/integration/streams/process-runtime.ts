import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { SpdyConnection } from '../../../src/machinery/spdy/connection.ts';
import type { SpdyStream } from '../../../src/machinery/spdy/stream.ts';
import { responseHead } from '../../../src/machinery/upgrade/response-head.ts';

interface Session {
  readonly command: readonly string[];
  readonly streams: readonly string[];
}

const success = { metadata: {}, status: 'Success' };
const exited = (code: number) => ({
  metadata: {},
  status: 'Failure',
  message: `command terminated with non-zero exit code: exit status ${code}`,
  reason: 'NonZeroExitCode',
  details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  code: 500,
});

/** Stands in for containerd's streaming server: runs commands on this machine, over the same SPDY. */
export class ProcessRuntime implements AsyncDisposable {
  readonly #server: Server = createServer();
  readonly #sessions = new Map<string, Session>();
  readonly #sockets = new Set<Duplex>();
  /** What came on the resize streams. */
  readonly resizes: string[] = [];

  async start(): Promise<void> {
    this.#server.on('upgrade', (request, socket: Duplex, head: Buffer) => this.#upgrade(request, socket, head));
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  url(session: Session): string {
    const token = String(this.#sessions.size + 1);
    this.#sessions.set(token, session);
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/exec/${token}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const session = this.#sessions.get((request.url ?? '').split('/').at(-1) ?? '');
    // Go's server of that time reads each line as one protocol.
    const offered = request.headersDistinct['x-stream-protocol-version'] ?? [];
    const isKnown = session !== undefined && offered.includes('v4.channel.k8s.io');
    if (!isKnown) {
      socket.end(responseHead(404, ['Content-Length', '0']));
      return;
    }
    this.#sockets.add(socket);
    const headers = ['Connection', 'Upgrade', 'Upgrade', 'SPDY/3.1', 'X-Stream-Protocol-Version', 'v4.channel.k8s.io'];
    socket.write(responseHead(101, headers));
    const streams = new Map<string, SpdyStream>();
    const connection: SpdyConnection = new SpdyConnection(socket, {
      role: 'server',
      head,
      onStream: (stream) => {
        stream.accept();
        stream.on('error', () => undefined);
        streams.set(stream.headers['streamtype'] ?? '', stream);
        if (['error', ...session.streams].every((name) => streams.has(name))) this.#run(session, streams, connection);
      },
    });
  }

  #run({ command, streams: wanted }: Session, streams: Map<string, SpdyStream>, connection: SpdyConnection): void {
    const [file = '', ...args] = command;
    const child = spawn(file, args);
    const stdin = streams.get('stdin');
    if (stdin === undefined) child.stdin.end();
    else stdin.pipe(child.stdin);
    child.stdin.on('error', () => undefined);
    for (const name of ['stdout', 'stderr'] as const) {
      const stream = streams.get(name);
      if (stream !== undefined) child[name].pipe(stream);
      else child[name].resume();
    }
    streams.get('resize')?.on('data', (chunk: Buffer) => this.resizes.push(chunk.toString()));
    const finish = (status: object): void => {
      streams.get('error')?.end(JSON.stringify(status));
      // As containerd does: when everything is written the connection goes, whatever streams are open.
      setTimeout(() => connection.close(), 20);
    };
    child.on('error', (error) =>
      finish({ status: 'Failure', reason: 'InternalError', message: error.message, code: 500 }),
    );
    child.on('close', (code, signal) => finish(code === 0 ? success : exited(code ?? (signal === null ? 1 : 137))));
    void connection.closed.then(() => child.kill());
    void wanted;
  }
}
