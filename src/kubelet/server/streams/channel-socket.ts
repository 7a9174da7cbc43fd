import type { Writable } from 'node:stream';
import type { WebSocket } from 'ws';
import type { ChannelProtocol } from './channels.ts';
import { channel, decodeMessage, encodeMessage } from './channels.ts';

/** A WebSocket whose messages belong to numbered channels. */
export class ChannelSocket {
  /** Resolves when the socket has closed, whoever closed it. */
  readonly closed: Promise<void>;
  readonly #socket: WebSocket;
  readonly #protocol: ChannelProtocol;
  readonly #targets = new Map<number, Writable>();

  constructor(socket: WebSocket, protocol: ChannelProtocol) {
    this.#socket = socket;
    this.#protocol = protocol;
    this.closed = new Promise((resolve) => {
      socket.once('close', () => resolve());
    });
    // `close` follows every error.
    socket.on('error', () => undefined);
    socket.on('message', (message: Buffer) => this.#take(message));
  }

  /** What arrives on a channel goes to `target`; a target that does not keep up holds the whole socket back. */
  connect(channelNumber: number, target: Writable): void {
    this.#targets.set(channelNumber, target);
  }

  /** Resolves when the message is with the network; at once when the socket has closed. */
  send(channelNumber: number, data: Buffer): Promise<void> {
    if (this.#socket.readyState !== this.#socket.OPEN) return Promise.resolve();
    const message = encodeMessage(channelNumber, data, this.#protocol.base64);
    return new Promise((resolve) => this.#socket.send(message, () => resolve()));
  }

  /** Closes in good order (1000) behind what has been sent. */
  close(): void {
    this.#socket.close(1000);
  }

  #take(message: Buffer): void {
    const decoded = decodeMessage(message, this.#protocol.base64);
    if (decoded === undefined) return;
    if (decoded.channel === channel.close && this.#protocol.canCloseStdin) {
      this.#targets.get(decoded.data[0] ?? -1)?.end();
      return;
    }
    const target = this.#targets.get(decoded.channel);
    if (target === undefined || target.writableEnded || target.destroyed || decoded.data.length === 0) return;
    if (target.write(decoded.data)) return;
    this.#socket.pause();
    const resume = (): void => {
      target.off('drain', resume);
      target.off('close', resume);
      this.#socket.resume();
    };
    target.on('drain', resume);
    target.on('close', resume);
  }
}
