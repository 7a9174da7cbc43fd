import { PassThrough } from 'node:stream';
import type { Duplex, Readable } from 'node:stream';
import type { Frame, SynStreamFrame } from './frame.ts';
import { dataHeader, encodeFrame, FrameReader, initialWindowSetting, resetStatus } from './frame.ts';
import type { SpdyHeaders } from './header-block.ts';
import { HeaderCompressor, HeaderDecompressor } from './header-block.ts';
import { SpdyError } from './spdy-error.ts';
import type { StreamCarrier } from './stream.ts';
import { SpdyStream } from './stream.ts';

export interface SpdyConnectionOptions {
  readonly role: 'client' | 'server';
  /** Takes a stream that the other side opens: it must be answered with `accept` or `reset`. Refused when absent. */
  readonly onStream?: (stream: SpdyStream) => void;
  /** Bytes that came behind the headers of the upgrade. */
  readonly head?: Buffer;
  /** Streams beyond this many at a time are refused. */
  readonly maxStreams?: number;
  /**
   * False towards a peer that is known to be spdystream, which has no use for window updates: one that is sent when
   * the peer has closed makes the kernel throw away what it had sent before and nobody has read yet.
   */
  readonly windowUpdates?: boolean;
  /**
   * How much is taken from the socket before anybody wants it. Of use where the peer closes its socket while it is being
   * sent to: the kernel then drops what the peer has written and we have not taken.
   */
  readonly readAhead?: number;
}

const defaultWindow = 64 * 1024;
const maxPieceBytes = 32 * 1024;
/** The peer is told of what was read in steps of this size. */
const windowStep = 16 * 1024;
/** How long a peer may take to close its side of a connection that we have closed. */
const lingerMs = 5000;

/** A door that waiters pass together each time it is opened. */
class Gate {
  #waiting: PromiseWithResolvers<void> | undefined;

  wait(): Promise<void> {
    this.#waiting ??= Promise.withResolvers<void>();
    return this.#waiting.promise;
  }

  open(): void {
    this.#waiting?.resolve();
    this.#waiting = undefined;
  }
}

/**
 * A SPDY/3.1 connection over an upgraded socket, in either role.
 *
 * Go's spdystream, which kubectl and containerd use, neither sends nor minds window updates: windows bind us only once
 * the peer has shown that it keeps them. Towards everybody, a stream that nobody reads stops the whole connection when
 * a megabyte of it is waiting, which is the only brake that spdystream feels.
 */
export class SpdyConnection implements StreamCarrier {
  /** Resolves when the connection has ended, with the error that ended it, if it was one. Never rejects. */
  readonly closed: Promise<Error | undefined>;
  readonly #socket: Duplex;
  readonly #options: SpdyConnectionOptions;
  readonly #streams = new Map<number, SpdyStream>();
  readonly #compressor = new HeaderCompressor();
  readonly #decompressor = new HeaderDecompressor();
  readonly #gate = new Gate();
  #nextId: number;
  #lastPeerId = 0;
  #peerControlsFlow = false;
  #initialWindow = defaultWindow;
  #window = defaultWindow;
  #unacknowledged = 0;
  readonly #unacknowledgedByStream = new WeakMap<SpdyStream, number>();
  #ended = false;

  constructor(socket: Duplex, options: SpdyConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#nextId = options.role === 'client' ? 1 : 2;
    socket.on('drain', () => this.#gate.open());
    socket.on('close', () => this.#gate.open());
    // The loop that reads the socket reports its errors; what breaks after its end concerns nobody.
    socket.on('error', () => undefined);
    this.closed = this.#run();
  }

  /** Opens a stream; await its `accepted` before the peer is known to have taken it. */
  open(headers: SpdyHeaders): SpdyStream {
    if (this.#ended) throw new SpdyError('SPDY_CLOSED', 'connection has ended');
    const stream = new SpdyStream(this.#nextId, headers, this.#initialWindow, this);
    this.#nextId += 2;
    this.#streams.set(stream.id, stream);
    const headerBlock = this.#compressor.compress(headers);
    this.#send({
      type: 'synStream',
      streamId: stream.id,
      associatedStreamId: 0,
      priority: 0,
      fin: false,
      unidirectional: false,
      headerBlock,
    });
    return stream;
  }

  /** Says good-bye and closes the socket when everything is sent. */
  close(): void {
    if (this.#ended) return;
    this.#send({ type: 'goAway', lastStreamId: this.#lastPeerId, status: 0 });
    this.#socket.end();
    // Reading goes on meanwhile: closing with bytes unread would take from the peer what it has not read yet.
    setTimeout(() => this.#socket.destroy(), lingerMs).unref();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  accept(stream: SpdyStream, headers: SpdyHeaders): void {
    this.#send({ type: 'synReply', streamId: stream.id, fin: false, headerBlock: this.#compressor.compress(headers) });
  }

  async sendData(stream: SpdyStream, data: Buffer): Promise<void> {
    for (let offset = 0; offset < data.length;) {
      let room = maxPieceBytes;
      if (this.#peerControlsFlow) room = Math.min(room, stream.window, this.#window);
      if (this.#isClosed || stream.isDone) return;
      if (room <= 0 || this.#socket.writableNeedDrain) {
        await this.#gate.wait();
        continue;
      }
      const piece = data.subarray(offset, offset + room);
      offset += piece.length;
      stream.window -= piece.length;
      this.#window -= piece.length;
      this.#socket.cork();
      this.#socket.write(dataHeader(stream.id, piece.length, false));
      this.#socket.write(piece);
      this.#socket.uncork();
    }
  }

  sendFin(stream: SpdyStream): void {
    this.#send({ type: 'data', streamId: stream.id, fin: true, data: Buffer.alloc(0) });
    this.#forgetIfDone(stream);
  }

  sendReset(stream: SpdyStream, status: number): void {
    this.#send({ type: 'rstStream', streamId: stream.id, status });
    this.#streams.delete(stream.id);
    this.#gate.open();
  }

  consumed(stream: SpdyStream, bytes: number): void {
    const unacknowledged = (this.#unacknowledgedByStream.get(stream) ?? 0) + bytes;
    const isDue = unacknowledged >= windowStep && this.#streams.has(stream.id) && this.#options.windowUpdates !== false;
    this.#unacknowledgedByStream.set(stream, isDue ? 0 : unacknowledged);
    if (isDue) this.#send({ type: 'windowUpdate', streamId: stream.id, delta: unacknowledged });
  }

  /** The connection's own window is given back on receipt: the streams' windows are brake enough. */
  #received(bytes: number): void {
    this.#unacknowledged += bytes;
    if (this.#unacknowledged < windowStep || this.#options.windowUpdates === false) return;
    this.#send({ type: 'windowUpdate', streamId: 0, delta: this.#unacknowledged });
    this.#unacknowledged = 0;
  }

  #send(frame: Frame): void {
    if (!this.#isClosed) this.#socket.write(encodeFrame(frame));
  }

  get #isClosed(): boolean {
    return this.#ended || this.#socket.destroyed || this.#socket.writableEnded;
  }

  async #run(): Promise<Error | undefined> {
    let failure: Error | undefined;
    try {
      const reader = new FrameReader();
      if (this.#options.head !== undefined) await this.#take(reader, this.#options.head);
      for await (const chunk of this.#source()) await this.#take(reader, chunk as Buffer);
    } catch (error) {
      failure = error as Error;
      if (failure instanceof SpdyError) this.#send({ type: 'goAway', lastStreamId: this.#lastPeerId, status: 1 });
    }
    this.#ended = true;
    this.#decompressor.close();
    for (const stream of this.#streams.values()) stream.receiveReset(undefined);
    this.#streams.clear();
    this.#gate.open();
    this.#socket.end();
    this.#socket.destroy();
    return failure;
  }

  #source(): Readable {
    const { readAhead } = this.#options;
    if (readAhead === undefined) return this.#socket;
    const store = new PassThrough({ highWaterMark: readAhead });
    this.#socket.pipe(store);
    // An error ends what can be read, not what has been.
    this.#socket.once('close', () => store.end());
    return store;
  }

  async #take(reader: FrameReader, chunk: Buffer): Promise<void> {
    for (const frame of reader.read(chunk)) {
      const busy = this.#handle(frame);
      if (busy !== undefined) await busy;
    }
  }

  #handle(frame: Frame): Promise<void> | undefined {
    switch (frame.type) {
      case 'synStream':
        return this.#onSynStream(frame);
      case 'synReply':
      case 'headers':
        // The block goes through the decompressor even where its stream is gone: the next one depends on it.
        return this.#decompressor.decompress(frame.headerBlock).then(() => {
          if (frame.type === 'synReply') this.#streams.get(frame.streamId)?.receiveReply();
          this.#finish(frame.streamId, frame.fin);
        });
      case 'data':
        return this.#onData(frame.streamId, frame.data, frame.fin);
      case 'rstStream':
        this.#onReset(frame.streamId, frame.status);
        return undefined;
      case 'settings':
        for (const { id, value } of frame.entries) if (id === initialWindowSetting) this.#setInitialWindow(value);
        return undefined;
      case 'windowUpdate':
        this.#onWindowUpdate(frame.streamId, frame.delta);
        return undefined;
      case 'ping':
        // Odd ids are the client's: those that are not ours are to be echoed.
        if ((frame.id % 2 === 1) === (this.#options.role === 'server')) this.#send(frame);
        return undefined;
      default:
        // GOAWAY: streams that are open go on, and whoever sent it closes the socket when it is done.
        return undefined;
    }
  }

  async #onSynStream(frame: SynStreamFrame): Promise<void> {
    const headers = await this.#decompressor.decompress(frame.headerBlock);
    const { streamId } = frame;
    const isPeers = streamId % 2 === (this.#options.role === 'server' ? 1 : 0);
    if (!isPeers || streamId <= this.#lastPeerId)
      throw new SpdyError('SPDY_PROTOCOL', `stream ${streamId} out of order`);
    this.#lastPeerId = streamId;
    const { onStream, maxStreams = 2000 } = this.#options;
    if (onStream === undefined || this.#streams.size >= maxStreams) {
      this.#send({ type: 'rstStream', streamId, status: resetStatus.refusedStream });
      return;
    }
    const stream = new SpdyStream(streamId, headers, this.#initialWindow, this);
    this.#streams.set(streamId, stream);
    onStream(stream);
    this.#finish(streamId, frame.fin);
  }

  #onData(streamId: number, data: Buffer, fin: boolean): Promise<void> | undefined {
    this.#received(data.length);
    const stream = this.#streams.get(streamId);
    if (stream === undefined) {
      const wasOpen = streamId <= this.#lastPeerId || (streamId % 2 === this.#nextId % 2 && streamId < this.#nextId);
      if (!wasOpen) this.#send({ type: 'rstStream', streamId, status: resetStatus.invalidStream });
      return undefined;
    }
    const busy = stream.receiveData(data);
    this.#finish(streamId, fin);
    return busy;
  }

  #finish(streamId: number, fin: boolean): void {
    const stream = this.#streams.get(streamId);
    if (!fin || stream === undefined) return;
    stream.receiveFin();
    this.#forgetIfDone(stream);
  }

  #onReset(streamId: number, status: number): void {
    const stream = this.#streams.get(streamId);
    this.#streams.delete(streamId);
    stream?.receiveReset(status);
    this.#gate.open();
  }

  #forgetIfDone(stream: SpdyStream): void {
    if (stream.isDone) this.#streams.delete(stream.id);
  }

  #setInitialWindow(value: number): void {
    this.#peerControlsFlow = true;
    for (const stream of this.#streams.values()) stream.window += value - this.#initialWindow;
    this.#initialWindow = value;
    this.#gate.open();
  }

  #onWindowUpdate(streamId: number, delta: number): void {
    this.#peerControlsFlow = true;
    if (streamId === 0) this.#window += delta;
    else {
      const stream = this.#streams.get(streamId);
      if (stream !== undefined) stream.window += delta;
    }
    this.#gate.open();
  }
}
