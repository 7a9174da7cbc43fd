import type { UserInfo } from '../auth/types.ts';
import type { ApiBody, ApiRequest, ApiResponse, BodySink } from './message.ts';

/** The shape of `Transport` in `client/`: one exchange at a time, without a network. */
export interface InProcessTransport {
  request(request: {
    readonly method: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: Buffer;
    readonly signal?: AbortSignal;
  }): Promise<{
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: AsyncIterable<Uint8Array>;
  }>;
  close(): Promise<void>;
}

/** From so many unread bytes on, a writer is told to wait. */
const highWater = 1024 * 1024;

/** A body written on one side and read on the other. */
class Pipe implements BodySink, AsyncIterable<Uint8Array> {
  #chunks: Buffer[] = [];
  #bytes = 0;
  #ended = false;
  #wake: (() => void) | undefined;
  #onDrain: (() => void) | undefined;
  #onClose: (() => void) | undefined;

  constructor(signal: AbortSignal) {
    if (signal.aborted) this.#finish();
    else signal.addEventListener('abort', () => this.destroy(), { once: true });
  }

  write(chunk: Buffer): boolean {
    if (this.#ended) return false;
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    this.#wake?.();
    return this.#bytes < highWater;
  }

  end(): void {
    this.#finish();
  }

  destroy(): void {
    this.#chunks = [];
    this.#finish();
  }

  onDrain(listener: () => void): void {
    this.#onDrain = listener;
  }

  onClose(listener: () => void): void {
    if (this.#ended) listener();
    else this.#onClose = listener;
  }

  #finish(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#wake?.();
    this.#onClose?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const chunks = this.#chunks;
        const wasFull = this.#bytes >= highWater;
        this.#chunks = [];
        this.#bytes = 0;
        if (chunks.length > 0) yield chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
        if (wasFull) this.#onDrain?.();
        if (this.#chunks.length > 0) continue;
        if (this.#ended) return;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        this.#wake = undefined;
      }
    } finally {
      this.destroy();
    }
  }
}

async function* once(parts: readonly Buffer[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield part;
}

function readable(body: ApiBody, signal: AbortSignal): AsyncIterable<Uint8Array> {
  if (Buffer.isBuffer(body)) return once([body]);
  if (typeof body === 'function') {
    const pipe = new Pipe(signal);
    body(pipe);
    return pipe;
  }
  return Symbol.asyncIterator in body ? body : once(body);
}

function flat(headers: ApiResponse['headers']): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : value.join(', ')]),
  );
}

/** A transport whose every request comes from `user`, answered by `handle` in this process. */
export function inProcessTransport(
  handle: (request: ApiRequest) => Promise<ApiResponse>,
  user: UserInfo,
): InProcessTransport {
  const closing = new AbortController();
  return {
    async request({ method, path, headers, body, signal }) {
      signal?.throwIfAborted();
      const gone = signal === undefined ? closing.signal : AbortSignal.any([closing.signal, signal]);
      const answer = await handle({
        method,
        url: path,
        headers,
        readBody: () => Promise.resolve(body ?? Buffer.alloc(0)),
        user,
        signal: gone,
      });
      return { status: answer.status, headers: flat(answer.headers), body: readable(answer.body, gone) };
    },
    close() {
      closing.abort();
      return Promise.resolve();
    },
  };
}
