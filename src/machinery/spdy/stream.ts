import { Duplex } from 'node:stream';
import type { SpdyHeaders } from './header-block.ts';
import { SpdyError } from './spdy-error.ts';

/** What a stream asks of the connection that it belongs to. */
export interface StreamCarrier {
  accept(stream: SpdyStream, headers: SpdyHeaders): void;
  /** Resolves when the bytes are with the socket. */
  sendData(stream: SpdyStream, data: Buffer): Promise<void>;
  sendFin(stream: SpdyStream): void;
  sendReset(stream: SpdyStream, status: number): void;
  /** The reader has taken `bytes` more. */
  consumed(stream: SpdyStream, bytes: number): void;
}

/** A reader that does not keep up may leave this much lying in one stream before the whole connection waits for it. */
const maxUnreadBytes = 1024 * 1024;

const highWaterMark = 64 * 1024;

/**
 * One stream of a SPDY connection. `end()` closes our half of it, `reset(status)` all of it. When the other side resets
 * it, what had arrived can still be read, `end` follows, later writes go nowhere, and `reset` is emitted with the
 * status (none when the connection itself has gone).
 */
export class SpdyStream extends Duplex {
  readonly id: number;
  readonly headers: SpdyHeaders;
  /** Of a stream that we opened: settles when the other side has accepted or refused it. */
  readonly accepted: Promise<void>;
  /** What may still be sent to a peer that controls the flow. */
  window: number;
  readonly #carrier: StreamCarrier;
  readonly #settle: { readonly resolve: () => void; readonly reject: (error: Error) => void };
  #received = 0;
  #consumed = 0;
  #localClosed = false;
  #remoteClosed = false;
  #wasReset = false;
  #onRead: (() => void) | undefined;

  constructor(id: number, headers: SpdyHeaders, window: number, carrier: StreamCarrier) {
    super({ allowHalfOpen: true, readableHighWaterMark: highWaterMark, writableHighWaterMark: highWaterMark });
    this.id = id;
    this.headers = headers;
    this.window = window;
    this.#carrier = carrier;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    promise.catch(() => undefined);
    this.accepted = promise;
    this.#settle = { resolve, reject };
  }

  /** True when nothing more goes either way. */
  get isDone(): boolean {
    return this.#wasReset || (this.#localClosed && this.#remoteClosed);
  }

  get wasReset(): boolean {
    return this.#wasReset;
  }

  /** Answers the other side's request for this stream. */
  accept(headers: SpdyHeaders = {}): void {
    if (!this.isDone) this.#carrier.accept(this, headers);
  }

  /** Ends both directions at once; what has not been sent is dropped. */
  reset(status: number): void {
    if (!this.isDone) {
      this.#wasReset = true;
      this.#carrier.sendReset(this, status);
    }
    this.destroy();
  }

  /** Of the connection: the other side's answer to our request has come. */
  receiveReply(): void {
    this.#settle.resolve();
  }

  /** Of the connection: payload has come. Resolves when the connection may go on reading. */
  receiveData(data: Buffer): Promise<void> | undefined {
    if (this.destroyed || this.#remoteClosed || data.length === 0) return undefined;
    this.#received += data.length;
    this.push(data);
    this.#account();
    if (this.readableLength < maxUnreadBytes) return undefined;
    return new Promise((resolve) => {
      this.#onRead = resolve;
    });
  }

  /** Of the connection: the other side has closed its half. */
  receiveFin(): void {
    if (this.#remoteClosed) return;
    this.#remoteClosed = true;
    if (!this.destroyed) this.push(null);
  }

  /** Of the connection: the other side has reset the stream, or is gone. */
  receiveReset(status: number | undefined): void {
    if (this.isDone) return;
    this.#wasReset = true;
    this.#settle.reject(
      new SpdyError(
        status === undefined ? 'SPDY_CLOSED' : 'SPDY_REFUSED',
        `stream reset: ${status ?? 'connection lost'}`,
      ),
    );
    this.receiveFin();
    this.emit('reset', status);
  }

  override read(size?: number): unknown {
    const chunk: unknown = super.read(size);
    this.#account();
    if (this.readableLength < highWaterMark) this.#release();
    return chunk;
  }

  override _read(): void {
    // Data is pushed as it comes; `receiveData` holds the connection back where too much lies here.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    if (this.#wasReset) {
      callback();
      return;
    }
    this.#carrier.sendData(this, chunk).then(() => callback(), callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    if (!this.isDone) {
      this.#localClosed = true;
      this.#carrier.sendFin(this);
    }
    callback();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (!this.isDone) {
      this.#wasReset = true;
      this.#carrier.sendReset(this, error === null ? 5 : 6);
    }
    this.#settle.reject(new SpdyError('SPDY_CLOSED', 'stream closed'));
    this.#release();
    callback(error);
  }

  // A chunk leaves by `read`, or straight at `push` where a listener waits for it.
  #account(): void {
    const consumed = this.#received - this.readableLength;
    if (consumed > this.#consumed) this.#carrier.consumed(this, consumed - this.#consumed);
    this.#consumed = consumed;
  }

  #release(): void {
    const resume = this.#onRead;
    this.#onRead = undefined;
    resume?.();
  }
}
