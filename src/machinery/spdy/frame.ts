import { SpdyError } from './spdy-error.ts';

/** Why a stream was reset (SPDY/3.1 section 2.6.3). */
export const resetStatus = {
  protocolError: 1,
  invalidStream: 2,
  refusedStream: 3,
  cancel: 5,
  internalError: 6,
  streamAlreadyClosed: 9,
} as const;

/** The setting that says how much may be sent on a new stream before its reader has taken any. */
export const initialWindowSetting = 7;

export interface SynStreamFrame {
  readonly type: 'synStream';
  readonly streamId: number;
  readonly associatedStreamId: number;
  readonly priority: number;
  readonly fin: boolean;
  readonly unidirectional: boolean;
  /** Compressed, as all header blocks here: the connection's one compression context goes through them in order. */
  readonly headerBlock: Buffer;
}
export interface HeadersFrame {
  readonly type: 'synReply' | 'headers';
  readonly streamId: number;
  readonly fin: boolean;
  readonly headerBlock: Buffer;
}
export interface DataFrame {
  readonly type: 'data';
  readonly streamId: number;
  readonly fin: boolean;
  readonly data: Buffer;
}
export type Frame =
  | SynStreamFrame
  | HeadersFrame
  | DataFrame
  | { readonly type: 'rstStream'; readonly streamId: number; readonly status: number }
  | { readonly type: 'settings'; readonly entries: readonly { readonly id: number; readonly value: number }[] }
  | { readonly type: 'ping'; readonly id: number }
  | { readonly type: 'goAway'; readonly lastStreamId: number; readonly status: number }
  | { readonly type: 'windowUpdate'; readonly streamId: number; readonly delta: number };

const version = 3;
const types = { synStream: 1, synReply: 2, rstStream: 3, settings: 4, ping: 6, goAway: 7, headers: 8, windowUpdate: 9 };
const finFlag = 0x01;
const unidirectionalFlag = 0x02;
const idMask = 0x7fffffff;
/** No control frame of ours or of any client comes near this; a longer one is an attack or noise. */
const maxControlLength = 64 * 1024;

function control(type: number, flags: number, body: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16BE(0x8000 | version, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt32BE(((flags << 24) | body.length) >>> 0, 4);
  return Buffer.concat([head, body]);
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => bytes.writeUInt32BE(value >>> 0, index * 4));
  return bytes;
}

/** The eight bytes in front of a data frame's payload, which may be up to 16 MiB - 1. */
export function dataHeader(streamId: number, length: number, fin: boolean): Buffer {
  return words(streamId & idMask, ((fin ? finFlag : 0) << 24) | length);
}

/** The bytes of a frame. */
export function encodeFrame(frame: Frame): Buffer {
  switch (frame.type) {
    case 'data':
      return Buffer.concat([dataHeader(frame.streamId, frame.data.length, frame.fin), frame.data]);
    case 'synStream': {
      const flags = (frame.fin ? finFlag : 0) | (frame.unidirectional ? unidirectionalFlag : 0);
      const fixed = Buffer.concat([
        words(frame.streamId, frame.associatedStreamId),
        Buffer.from([frame.priority << 5, 0]),
      ]);
      return control(types.synStream, flags, Buffer.concat([fixed, frame.headerBlock]));
    }
    case 'synReply':
    case 'headers':
      return control(
        types[frame.type],
        frame.fin ? finFlag : 0,
        Buffer.concat([words(frame.streamId), frame.headerBlock]),
      );
    case 'rstStream':
      return control(types.rstStream, 0, words(frame.streamId, frame.status));
    case 'settings':
      return control(
        types.settings,
        0,
        words(frame.entries.length, ...frame.entries.flatMap(({ id, value }) => [id & 0xffffff, value])),
      );
    case 'ping':
      return control(types.ping, 0, words(frame.id));
    case 'goAway':
      return control(types.goAway, 0, words(frame.lastStreamId, frame.status));
    default:
      return control(types.windowUpdate, 0, words(frame.streamId, frame.delta));
  }
}

/** The least body of each control frame by type number. */
const leastLength: Readonly<Record<number, number>> = { 1: 10, 2: 4, 3: 8, 4: 4, 6: 4, 7: 8, 8: 4, 9: 8 };

function decodeSettings(body: Buffer): Frame {
  const count = body.readUInt32BE(0);
  if (body.length < 4 + count * 8)
    throw new SpdyError('SPDY_PROTOCOL', `SETTINGS of ${count} entries in ${body.length} bytes`);
  const entries = Array.from({ length: count }, (_, index) => ({
    id: body.readUInt32BE(4 + index * 8) & 0xffffff,
    value: body.readUInt32BE(8 + index * 8),
  }));
  return { type: 'settings', entries };
}

function decodeControl(type: number, flags: number, body: Buffer): Frame | undefined {
  const least = leastLength[type];
  // Unknown control frames are skipped, as the protocol asks.
  if (least === undefined) return undefined;
  if (body.length < least) throw new SpdyError('SPDY_PROTOCOL', `control frame ${type} of ${body.length} bytes`);
  const first = body.readUInt32BE(0) & idMask;
  const fin = (flags & finFlag) !== 0;
  switch (type) {
    case types.synStream:
      return {
        type: 'synStream',
        streamId: first,
        associatedStreamId: body.readUInt32BE(4) & idMask,
        priority: body.readUInt8(8) >>> 5,
        fin,
        unidirectional: (flags & unidirectionalFlag) !== 0,
        headerBlock: body.subarray(10),
      };
    case types.synReply:
      return { type: 'synReply', streamId: first, fin, headerBlock: body.subarray(4) };
    case types.headers:
      return { type: 'headers', streamId: first, fin, headerBlock: body.subarray(4) };
    case types.rstStream:
      return { type: 'rstStream', streamId: first, status: body.readUInt32BE(4) };
    case types.settings:
      return decodeSettings(body);
    case types.ping:
      return { type: 'ping', id: body.readUInt32BE(0) };
    case types.goAway:
      return { type: 'goAway', lastStreamId: first, status: body.readUInt32BE(4) };
    default:
      return { type: 'windowUpdate', streamId: first, delta: body.readUInt32BE(4) & idMask };
  }
}

/**
 * Cuts a byte stream into frames. The payload of a data frame is handed on as it arrives, in several frames where it
 * comes in several chunks, so that only control frames are ever gathered.
 */
export class FrameReader {
  #pending: Buffer = Buffer.alloc(0);
  #data: { readonly streamId: number; readonly fin: boolean; left: number } | undefined;

  /** The frames that `chunk` completes; throws SpdyError `SPDY_PROTOCOL` for what is no SPDY/3. */
  *read(chunk: Buffer): Generator<Frame> {
    let bytes = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    this.#pending = Buffer.alloc(0);
    while (bytes.length > 0) {
      if (this.#data !== undefined) {
        bytes = yield* this.#readData(this.#data, bytes);
        continue;
      }
      if (bytes.length < 8) break;
      const first = bytes.readUInt32BE(0);
      const flags = bytes.readUInt8(4);
      const length = bytes.readUIntBE(5, 3);
      if (first >>> 31 === 0) {
        bytes = bytes.subarray(8);
        yield* this.#startData(first, (flags & finFlag) !== 0, length);
        continue;
      }
      if (((first >>> 16) & 0x7fff) !== version) throw new SpdyError('SPDY_PROTOCOL', 'not SPDY version 3');
      if (length > maxControlLength) throw new SpdyError('SPDY_PROTOCOL', `control frame of ${length} bytes`);
      if (bytes.length < 8 + length) break;
      const frame = decodeControl(first & 0xffff, flags, bytes.subarray(8, 8 + length));
      bytes = bytes.subarray(8 + length);
      if (frame !== undefined) yield frame;
    }
    this.#pending = bytes;
  }

  *#startData(streamId: number, fin: boolean, length: number): Generator<Frame> {
    if (length === 0) yield { type: 'data', streamId, fin, data: Buffer.alloc(0) };
    else this.#data = { streamId, fin, left: length };
  }

  *#readData(
    frame: { readonly streamId: number; readonly fin: boolean; left: number },
    bytes: Buffer,
  ): Generator<Frame, Buffer> {
    const data = bytes.subarray(0, frame.left);
    frame.left -= data.length;
    const done = frame.left === 0;
    if (done) this.#data = undefined;
    yield { type: 'data', streamId: frame.streamId, fin: done && frame.fin, data };
    return bytes.subarray(data.length);
  }
}
