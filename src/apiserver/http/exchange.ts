import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { Readable } from 'node:stream';
import type { ApiBody, ApiRequest, ApiResponse, BodySink } from './message.ts';
import type { PeerCertificate } from './peer-certificate.ts';
import { readBody } from './read-body.ts';

export type AnyRequest = IncomingMessage | Http2ServerRequest;
export type AnyResponse = ServerResponse | Http2ServerResponse;

/** A request that came over HTTP/1.1 or HTTP/2, as the core sees it. */
export class HttpApiRequest implements ApiRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: ApiRequest['headers'];
  readonly bodyStream: Readable;
  readonly clientCertificate: Buffer | undefined;
  readonly certificateError: string | undefined;
  readonly #response: AnyResponse;
  #body: Promise<Buffer> | undefined;
  #abort: AbortController | undefined;

  constructor(request: AnyRequest, response: AnyResponse, peer: PeerCertificate) {
    this.method = request.method ?? 'GET';
    this.url = request.url ?? '/';
    this.headers = request.headers;
    this.bodyStream = request;
    this.clientCertificate = peer.certificate;
    this.certificateError = peer.error;
    this.#response = response;
  }

  readBody(): Promise<Buffer> {
    this.#body ??= readBody(this.bodyStream, Number(this.headers['content-length'] ?? 0));
    return this.#body;
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      const abort = new AbortController();
      this.#abort = abort;
      if (isGone(this.#response)) abort.abort();
      else this.#response.once('close', () => abort.abort());
    }
    return this.#abort.signal;
  }
}

/** Parts are written in pieces of about this size. */
const pieceBytes = 256 * 1024;

// Both kinds of response have this in common; their own overloads do not agree with each other.
interface Writable {
  writeHead(status: number, headers: Record<string, string | string[]>): unknown;
  write(chunk: Uint8Array): boolean;
  end(): unknown;
  once(event: 'drain' | 'close', listener: () => void): unknown;
  on(event: 'drain', listener: () => void): unknown;
  off(event: 'drain' | 'close', listener: () => void): unknown;
}

/** True once nobody can read an answer any more: from then on there are no events to wait for. */
function isGone(response: AnyResponse): boolean {
  if ('stream' in response) {
    const stream = response.stream as typeof response.stream | undefined;
    return stream === undefined || stream.destroyed || stream.closed;
  }
  return response.destroyed || response.closed;
}

function drained(response: Writable): Promise<void> {
  if (isGone(response as unknown as AnyResponse)) return Promise.resolve();
  return new Promise((resolve) => {
    // A long answer waits many times: what is left of each would add up.
    const settle = (): void => {
      response.off('drain', settle);
      response.off('close', settle);
      resolve();
    };
    response.once('drain', settle);
    response.once('close', settle);
  });
}

/** Joins small parts, so that a list of ten thousand objects is not ten thousand writes. */
function* pieces(parts: readonly Buffer[]): Generator<Buffer> {
  let group: Buffer[] = [];
  let size = 0;
  for (const part of parts) {
    group.push(part);
    size += part.length;
    if (size < pieceBytes) continue;
    yield group.length === 1 ? part : Buffer.concat(group);
    group = [];
    size = 0;
  }
  if (size > 0) yield group.length === 1 && group[0] !== undefined ? group[0] : Buffer.concat(group);
}

function sinkOf(response: AnyResponse): BodySink {
  const writable = response as unknown as Writable;
  return {
    write: (chunk) => writable.write(chunk),
    end: () => void writable.end(),
    destroy: () => destroyResponse(response),
    onDrain: (listener) => void writable.on('drain', listener),
    onClose: (listener) => {
      if (isGone(response)) listener();
      else writable.once('close', listener);
    },
  };
}

/** Breaks an answer off: resets the stream of HTTP/2, or closes the connection of HTTP/1.1. */
export function destroyResponse(response: AnyResponse): void {
  if ('stream' in response) response.stream.destroy();
  else response.destroy();
}

async function writeIterable(writable: Writable, body: AsyncIterable<Uint8Array>): Promise<void> {
  let closed = isGone(writable as unknown as AnyResponse);
  writable.once('close', () => {
    closed = true;
  });
  for await (const chunk of body) {
    // Leaving the loop tells the source that nobody listens any more.
    if (closed) return;
    if (!writable.write(chunk)) await drained(writable);
  }
  writable.end();
}

function isIterable(body: ApiBody): body is AsyncIterable<Uint8Array> {
  return typeof body === 'object' && Symbol.asyncIterator in body;
}

/** Sends an answer; resolves when it is written, or for a body of its own pace when that has started. */
export async function sendResponse(response: AnyResponse, answer: ApiResponse, method: string): Promise<void> {
  const writable = response as unknown as Writable;
  const { body } = answer;
  const isWhole = Buffer.isBuffer(body) || Array.isArray(body);
  const parts: readonly Buffer[] = Buffer.isBuffer(body)
    ? [body]
    : Array.isArray(body)
      ? (body as readonly Buffer[])
      : [];
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const headers = isWhole ? { ...answer.headers, 'content-length': String(length) } : answer.headers;
  writable.writeHead(answer.status, headers as Record<string, string | string[]>);
  if (method === 'HEAD') {
    writable.end();
    return;
  }
  if (typeof body === 'function') {
    if ('flushHeaders' in response) response.flushHeaders();
    body(sinkOf(response));
    return;
  }
  if (isIterable(body)) {
    if ('flushHeaders' in response) response.flushHeaders();
    await writeIterable(writable, body);
    return;
  }
  for (const piece of pieces(parts)) {
    if (!writable.write(piece) && length > pieceBytes) await drained(writable);
    if (isGone(response)) return;
  }
  writable.end();
}
