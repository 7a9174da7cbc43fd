import { once } from 'node:events';
import type { TLSSocket } from 'node:tls';
import { connect } from 'node:tls';
import {
  acknowledged,
  endHeaders,
  endStream,
  frame,
  frameHead,
  frameTypes,
  greeting,
  headBytes,
  RequestHeaders,
  statusOf,
  windowUpdate,
} from './frames.ts';

export interface Target {
  readonly host: string;
  readonly port: number;
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Who waits for an answer. */
export interface Waiting {
  /** Each part of the body; the memory is used again afterwards. */
  readonly onData?: (part: Buffer) => void;
  readonly onEnd: (status: number, bytes: number) => void;
}

interface Stream extends Waiting {
  status: number;
  bytes: number;
}

/** So much may be received before the server is told that there is room again. */
const creditBytes = 1 << 28;

/**
 * One HTTP/2 connection, with no more of the protocol than a load generator needs: Node's own client takes as much of
 * the processor as the server that it is to measure.
 */
export class LoadConnection {
  readonly #socket: TLSSocket;
  readonly #headers: RequestHeaders;
  readonly #streams = new Map<number, Stream>();
  #nextStream = 1;
  #rest: Buffer | undefined;
  #received = 0;
  /** How much the server takes at present, and what waits for more. */
  #window = 0xffff;
  readonly #held: Buffer[] = [];
  #out: Buffer[] = [];

  private constructor(socket: TLSSocket, target: Target) {
    this.#socket = socket;
    this.#headers = new RequestHeaders(`${target.host}:${target.port}`);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.write(greeting());
  }

  static async open(target: Target): Promise<LoadConnection> {
    const { host, port, ca, cert, key } = target;
    const socket = connect({ host, port, ca, cert, key, ALPNProtocols: ['h2'] });
    socket.setNoDelay(true);
    await once(socket, 'secureConnect');
    return new LoadConnection(socket, target);
  }

  /** Puts a request among those that the next `flush` sends. */
  request(method: string, path: string, body: Buffer | undefined, waiting: Waiting): void {
    const id = this.#nextStream;
    this.#nextStream += 2;
    this.#streams.set(id, { ...waiting, status: 0, bytes: 0 });
    const block = this.#headers.block(method, path);
    this.#out.push(
      frameHead(frameTypes.headers, endHeaders | (body === undefined ? endStream : 0), id, block.length),
      block,
    );
    if (body === undefined) return;
    // Bodies are of one frame each: 16 KB at most.
    const data = frame(frameTypes.data, endStream, id, body);
    if (this.#held.length > 0 || this.#window < body.length) this.#held.push(data);
    else this.#send(data);
  }

  flush(): void {
    if (this.#out.length === 0) return;
    this.#socket.write(this.#out.length === 1 ? (this.#out[0] ?? '') : Buffer.concat(this.#out));
    this.#out = [];
  }

  close(): void {
    this.#socket.destroy();
  }

  #send(data: Buffer): void {
    this.#window -= data.length - headBytes;
    this.#out.push(data);
  }

  #receive(chunk: Buffer): void {
    const all = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (at + headBytes <= all.length) {
      const end = at + headBytes + all.readUIntBE(at, 3);
      if (end > all.length) break;
      const id = all.readUInt32BE(at + 5);
      this.#take(all[at + 3] ?? 0, all[at + 4] ?? 0, id, all.subarray(at + headBytes, end));
      at = end;
    }
    this.#rest = at === all.length ? undefined : all.subarray(at);
    if (this.#received > creditBytes) {
      this.#out.push(windowUpdate(0, this.#received));
      this.#received = 0;
    }
    this.flush();
  }

  #take(type: number, flags: number, id: number, payload: Buffer): void {
    const stream = this.#streams.get(id);
    switch (type) {
      case frameTypes.data:
        this.#received += payload.length;
        if (stream === undefined) return;
        stream.bytes += payload.length;
        stream.onData?.(payload);
        break;
      case frameTypes.headers:
        if (stream !== undefined) stream.status = statusOf(payload);
        break;
      case frameTypes.reset:
        return this.#end(id, 0);
      case frameTypes.settings:
        if ((flags & acknowledged) === 0) this.#out.push(frameHead(frameTypes.settings, acknowledged, 0, 0));
        return;
      case frameTypes.ping:
        if ((flags & acknowledged) === 0) this.#out.push(frame(frameTypes.ping, acknowledged, 0, payload));
        return;
      case frameTypes.windowUpdate:
        if (id === 0) this.#window += payload.readUInt32BE(0);
        for (
          let next = this.#held[0];
          next !== undefined && next.length - headBytes <= this.#window;
          next = this.#held[0]
        ) {
          this.#held.shift();
          this.#send(next);
        }
        return;
      default:
        return;
    }
    if ((flags & endStream) !== 0) this.#end(id, stream?.status ?? 0);
  }

  #end(id: number, status: number): void {
    const stream = this.#streams.get(id);
    this.#streams.delete(id);
    stream?.onEnd(status, stream.bytes);
  }
}
