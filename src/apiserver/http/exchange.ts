import type { Readable } from 'node:stream';
import type { AnswerStream } from './answer-stream.ts';
import type { ApiBody, ApiRequest, ApiResponse, BodySink } from './message.ts';
import type { PeerCertificate } from './peer-certificate.ts';
import { readBody } from './read-body.ts';

/** A request as it came, over HTTP/1.1 or HTTP/2. */
export interface ReceivedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: ApiRequest['headers'];
  readonly body: Readable;
  readonly peer: PeerCertificate;
}

/** A request that came over a network, as the core sees it. */
export class HttpApiRequest implements ApiRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: ApiRequest['headers'];
  readonly bodyStream: Readable;
  readonly clientCertificate: Buffer | undefined;
  readonly certificateError: string | undefined;
  readonly #answer: AnswerStream;
  #body: Promise<Buffer> | undefined;
  #abort: AbortController | undefined;

  constructor({ method, url, headers, body, peer }: ReceivedRequest, answer: AnswerStream) {
    this.method = method;
    this.url = url;
    this.headers = headers;
    this.bodyStream = body;
    this.clientCertificate = peer.certificate;
    this.certificateError = peer.error;
    this.#answer = answer;
  }

  readBody(): Promise<Buffer> {
    this.#body ??= readBody(this.bodyStream, Number(this.headers['content-length'] ?? 0));
    return this.#body;
  }

  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      const abort = new AbortController();
      this.#abort = abort;
      if (this.#answer.isGone) abort.abort();
      else this.#answer.on('close', () => abort.abort());
    }
    return this.#abort.signal;
  }
}

/** Parts are written in pieces of about this size. */
const pieceBytes = 256 * 1024;

function drained(answer: AnswerStream): Promise<void> {
  if (answer.isGone) return Promise.resolve();
  return new Promise((resolve) => {
    // A long answer waits many times: what is left of each would add up.
    const settle = (): void => {
      answer.off('drain', settle);
      answer.off('close', settle);
      resolve();
    };
    answer.on('drain', settle);
    answer.on('close', settle);
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

function sinkOf(answer: AnswerStream): BodySink {
  return {
    write: (chunk) => answer.write(chunk),
    end: () => answer.end(),
    destroy: () => answer.destroy(),
    onDrain: (listener) => answer.on('drain', listener),
    onClose: (listener) => {
      if (answer.isGone) listener();
      else answer.on('close', listener);
    },
  };
}

async function writeIterable(answer: AnswerStream, body: AsyncIterable<Uint8Array>): Promise<void> {
  let closed = answer.isGone;
  answer.on('close', () => {
    closed = true;
  });
  for await (const chunk of body) {
    // Leaving the loop tells the source that nobody listens any more.
    if (closed) return;
    if (!answer.write(chunk)) await drained(answer);
  }
  answer.end();
}

async function writeParts(answer: AnswerStream, parts: readonly Buffer[], length: number): Promise<void> {
  for (const piece of pieces(parts)) {
    if (!answer.write(piece) && length > pieceBytes) await drained(answer);
    if (answer.isGone) return;
  }
  answer.end();
}

function isIterable(body: ApiBody): body is AsyncIterable<Uint8Array> {
  return typeof body === 'object' && Symbol.asyncIterator in body;
}

/** Sends an answer; resolves when it is written, or for a body of its own pace when that has started. */
export async function sendResponse(answer: AnswerStream, response: ApiResponse, method: string): Promise<void> {
  if (answer.isGone) return;
  const { status, headers, body } = response;
  if (typeof body === 'function' || isIterable(body)) {
    answer.head(status, headers, undefined);
    if (method === 'HEAD') answer.end();
    else if (typeof body === 'function') body(sinkOf(answer));
    else await writeIterable(answer, body);
    return;
  }
  const parts: readonly Buffer[] = Buffer.isBuffer(body) ? [body] : body;
  let length = 0;
  for (const part of parts) length += part.length;
  answer.head(status, headers, length);
  if (method === 'HEAD') answer.end();
  else if (parts.length === 1) answer.end(parts[0]);
  else await writeParts(answer, parts, length);
}
