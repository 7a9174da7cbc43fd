import type { Inflate } from 'node:zlib';
import { constants, createInflate, deflateSync } from 'node:zlib';
import { spdyDictionary } from './dictionary.ts';
import { SpdyError } from './spdy-error.ts';

/** Header values by lower-case name. A name that comes with several values has them joined by NUL bytes. */
export type SpdyHeaders = Readonly<Record<string, string>>;

/** A compressed block of a few bytes can unfold to megabytes: more than this ends the connection. */
const maxPlainBytes = 256 * 1024;
const maxStoredBytes = 0xffff;
/** zlib's header with the dictionary's checksum: the first six bytes of anything compressed with it. */
const zlibHeader = deflateSync(Buffer.alloc(0), { dictionary: spdyDictionary }).subarray(0, 6);
const emptyStoredBlock = Buffer.from([0x00, 0x00, 0x00, 0xff, 0xff]);

function counted(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length, 0);
  return Buffer.concat([length, bytes]);
}

/** A header block before compression; names are put into lower case. */
export function encodeHeaders(headers: SpdyHeaders): Buffer {
  const entries = Object.entries(headers);
  const count = Buffer.alloc(4);
  count.writeUInt32BE(entries.length, 0);
  return Buffer.concat([count, ...entries.flatMap(([name, value]) => [counted(name.toLowerCase()), counted(value)])]);
}

/** Reads a header block after decompression; throws SpdyError `SPDY_PROTOCOL` where it ends too early. */
export function decodeHeaders(block: Buffer): SpdyHeaders {
  let offset = 0;
  const number = (): number => {
    if (offset + 4 > block.length) throw new SpdyError('SPDY_PROTOCOL', 'header block ends too early');
    offset += 4;
    return block.readUInt32BE(offset - 4);
  };
  const text = (): string => {
    const length = number();
    if (offset + length > block.length) throw new SpdyError('SPDY_PROTOCOL', 'header block ends too early');
    offset += length;
    return block.toString('latin1', offset - length, offset);
  };
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  const count = number();
  for (let index = 0; index < count; index++) {
    const name = text();
    headers[name.toLowerCase()] = text();
  }
  return headers;
}

/**
 * The sending half of a connection's header compression. Its blocks are zlib's "stored" ones, valid for every reader
 * and made without waiting: headers here are a few dozen bytes on a fast network, so there is nothing to win.
 */
export class HeaderCompressor {
  #started = false;

  compress(headers: SpdyHeaders): Buffer {
    const plain = encodeHeaders(headers);
    const parts: Buffer[] = this.#started ? [] : [zlibHeader];
    this.#started = true;
    for (let offset = 0; offset < plain.length; offset += maxStoredBytes) {
      const piece = plain.subarray(offset, offset + maxStoredBytes);
      const head = Buffer.alloc(5);
      head.writeUInt16LE(piece.length, 1);
      head.writeUInt16LE(~piece.length & 0xffff, 3);
      parts.push(head, piece);
    }
    // Go's inflater hands out what it has only at an empty stored block, which is zlib's mark of a flush.
    parts.push(emptyStoredBlock);
    return Buffer.concat(parts);
  }
}

/** The receiving half: one zlib context that goes through all header blocks of a connection in order. */
export class HeaderDecompressor {
  readonly #inflate: Inflate = createInflate({ dictionary: spdyDictionary, finishFlush: constants.Z_SYNC_FLUSH });
  #plain: Buffer[] = [];
  #size = 0;
  #fail: ((error: Error) => void) | undefined;

  constructor() {
    this.#inflate.on('data', (piece: Buffer) => {
      this.#size += piece.length;
      if (this.#size <= maxPlainBytes) this.#plain.push(piece);
      else this.#stop(new Error(`more than ${maxPlainBytes} bytes`));
    });
    this.#inflate.on('error', (error) => this.#fail?.(error));
    this.#inflate.on('end', () => this.#stop(new Error('compression ended')));
  }

  /** Calls must not overlap; throws SpdyError `SPDY_PROTOCOL`, after which the context is of no use. */
  async decompress(block: Buffer): Promise<SpdyHeaders> {
    this.#plain = [];
    this.#size = 0;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#fail = (error) => reject(new SpdyError('SPDY_PROTOCOL', `header block: ${error.message}`, { cause: error }));
    if (this.#inflate.destroyed) throw new SpdyError('SPDY_CLOSED', 'header decompression has ended');
    this.#inflate.write(block, (error) => (error ? undefined : resolve()));
    await promise;
    return decodeHeaders(Buffer.concat(this.#plain));
  }

  close(): void {
    this.#stop(new Error('closed'));
  }

  #stop(error: Error): void {
    this.#fail?.(error);
    this.#inflate.destroy();
  }
}
