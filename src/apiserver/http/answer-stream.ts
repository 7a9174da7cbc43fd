import type { ServerResponse } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import type { ApiResponse } from './message.ts';

type Headers = ApiResponse['headers'];
type Listener = () => void;

/** Where an answer is written to: what HTTP/1.1 and HTTP/2 have in common. */
export interface AnswerStream {
  /** True once nobody can read an answer any more: from then on there are no events to wait for. */
  readonly isGone: boolean;
  /** Sends the head; what follows is `length` bytes, or as much as comes. */
  head(status: number, headers: Headers, length: number | undefined): void;
  write(chunk: Uint8Array): boolean;
  end(chunk?: Uint8Array): void;
  /** Breaks the answer off: resets the stream of HTTP/2, or closes the connection of HTTP/1.1. */
  destroy(): void;
  on(event: 'drain' | 'close', listener: Listener): void;
  off(event: 'drain' | 'close', listener: Listener): void;
}

/** An answer over HTTP/1.1. */
export class Http1Answer implements AnswerStream {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  get isGone(): boolean {
    return this.#response.destroyed || this.#response.closed;
  }

  head(status: number, headers: Headers, length: number | undefined): void {
    const { ...all } = headers as Record<string, string | string[]>;
    if (length !== undefined) all['content-length'] = String(length);
    this.#response.writeHead(status, all);
    if (length === undefined) this.#response.flushHeaders();
  }

  write(chunk: Uint8Array): boolean {
    return this.#response.write(chunk);
  }

  end(chunk?: Uint8Array): void {
    this.#response.end(chunk);
  }

  destroy(): void {
    this.#response.destroy();
  }

  on(event: 'drain' | 'close', listener: Listener): void {
    this.#response.on(event, listener);
  }

  off(event: 'drain' | 'close', listener: Listener): void {
    this.#response.off(event, listener);
  }
}

/** An answer over HTTP/2: on the stream itself, since Node's imitation of HTTP/1.1 costs as much as the rest of it. */
export class Http2Answer implements AnswerStream {
  readonly #stream: ServerHttp2Stream;

  constructor(stream: ServerHttp2Stream) {
    this.#stream = stream;
  }

  get isGone(): boolean {
    return this.#stream.destroyed || this.#stream.closed;
  }

  head(status: number, headers: Headers, length: number | undefined): void {
    const all: Record<string, string | readonly string[] | number> = { ':status': status, ...headers };
    if (length !== undefined) all['content-length'] = String(length);
    this.#stream.respond(all as Record<string, string>);
  }

  write(chunk: Uint8Array): boolean {
    return this.#stream.write(chunk);
  }

  end(chunk?: Uint8Array): void {
    this.#stream.end(chunk);
    // A body that nobody wanted to read must not keep the stream open.
    if (!this.#stream.readableEnded) this.#stream.resume();
  }

  destroy(): void {
    this.#stream.destroy();
  }

  on(event: 'drain' | 'close', listener: Listener): void {
    this.#stream.on(event, listener);
  }

  off(event: 'drain' | 'close', listener: Listener): void {
    this.#stream.off(event, listener);
  }
}
