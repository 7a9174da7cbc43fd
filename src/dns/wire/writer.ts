import { classes, ednsUdpSize, flags, headerSize, recordTypes } from './constants.ts';
import type { Query } from './query.ts';
import { lowerCaseName, splitLabels } from './reader.ts';
import type { ResourceRecord } from './record.ts';
import { compressibleTypes } from './record.ts';

/** Why an answer is what it is, for people who look with `dig` (RFC 8914). */
export interface ExtendedError {
  readonly code: number;
  readonly text: string;
}

export interface Response {
  readonly rcode: number;
  /** Bits besides those that the query decides. */
  readonly flags: number;
  readonly answers: readonly ResourceRecord[];
  readonly authority: readonly ResourceRecord[];
  readonly additional: readonly ResourceRecord[];
  readonly extendedError?: ExtendedError | undefined;
}

/** A message is at most 65,535 bytes; the record that crosses that line is written and taken back. */
const scratch = Buffer.allocUnsafe(0x2_0000 + 1024);

/**
 * The bytes of a response of at most `limit` bytes. Answer and authority records that do not fit leave the message
 * truncated; additional ones are left out silently (RFC 2181, section 9).
 */
export function encodeResponse(query: Query, response: Response, limit: number): Buffer {
  return new MessageWriter(query).response(response, limit);
}

/** A response of header alone, for a request whose question cannot be repeated. */
export function encodeFault(id: number, requestFlags: number, rcode: number): Buffer {
  const message = Buffer.alloc(headerSize);
  message.writeUInt16BE(id, 0);
  message.writeUInt16BE(flags.response | (requestFlags & (0x7800 | flags.recursionDesired)) | (rcode & 0xf), 2);
  return message;
}

export interface UpstreamQuery {
  readonly id: number;
  readonly name: string;
  readonly type: number;
  readonly dnssecOk: boolean;
  readonly checkingDisabled: boolean;
  /** Old servers answer FORMERR to a query with an OPT record. */
  readonly edns: boolean;
}

/** The bytes of a query of ours to another server. */
export function encodeQuery(query: UpstreamQuery): Buffer {
  return new MessageWriter(undefined).query(query);
}

class MessageWriter {
  readonly #query: Query | undefined;
  #at = headerSize;
  /** Where each name, in lower case, can be pointed to; made when the first name besides the question's is written. */
  #offsets: Map<string, number> | undefined;

  constructor(query: Query | undefined) {
    this.#query = query;
  }

  response(response: Response, limit: number): Buffer {
    const query = this.#query as Query;
    const { edns } = query;
    scratch.set(query.question, headerSize);
    this.#at += query.question.length;
    const error = edns === undefined ? undefined : response.extendedError;
    const errorText = error === undefined ? undefined : Buffer.from(error.text);
    const optSize = edns === undefined ? 0 : 11 + (errorText === undefined ? 0 : 6 + errorText.length);
    const room = limit - optSize;
    const answers = this.#records(response.answers, room);
    const cutAnswers = answers < response.answers.length;
    const authority = cutAnswers ? 0 : this.#records(response.authority, room);
    const truncated = cutAnswers || authority < response.authority.length;
    let additional = truncated ? 0 : this.#records(response.additional, room);
    if (edns !== undefined) {
      this.#opt(response.rcode, edns.dnssecOk, error?.code, errorText);
      additional += 1;
    }
    const repeated = query.flags & (flags.recursionDesired | flags.checkingDisabled);
    const bits = flags.response | repeated | response.flags | (truncated ? flags.truncated : 0);
    return this.#finish(query.id, bits | (response.rcode & 0xf), [1, answers, authority, additional]);
  }

  query(query: UpstreamQuery): Buffer {
    this.#name(query.name, false);
    this.#u16(query.type);
    this.#u16(classes.IN);
    if (query.edns) this.#opt(0, query.dnssecOk, undefined, undefined);
    // The AD bit asks to be told whether the answer was validated (RFC 6840, section 5.7).
    const bits = flags.recursionDesired | flags.authenticData | (query.checkingDisabled ? flags.checkingDisabled : 0);
    return this.#finish(query.id, bits, [1, 0, 0, query.edns ? 1 : 0]);
  }

  #finish(id: number, bits: number, counts: readonly number[]): Buffer {
    const end = this.#at;
    this.#at = 0;
    this.#u16(id);
    this.#u16(bits);
    for (const count of counts) this.#u16(count);
    // A copy: a socket may still hold on to the bytes when the next message is written.
    return Buffer.from(scratch.subarray(0, end));
  }

  /** Writes records while they fit; how many did. */
  #records(records: readonly ResourceRecord[], room: number): number {
    let written = 0;
    for (const record of records) {
      const start = this.#at;
      this.#record(record);
      if (this.#at > room) {
        this.#at = start;
        break;
      }
      written += 1;
    }
    return written;
  }

  #record(record: ResourceRecord): void {
    this.#name(record.name, true);
    this.#u16(record.type);
    this.#u16(classes.IN);
    this.#u32(record.ttl);
    const lengthAt = this.#at;
    this.#at += 2;
    const compress = compressibleTypes.has(record.type);
    for (const part of record.data) {
      if (typeof part === 'string') this.#name(part, compress);
      else {
        scratch.set(part, this.#at);
        this.#at += part.length;
      }
    }
    scratch.writeUInt16BE(this.#at - lengthAt - 2, lengthAt);
  }

  #opt(rcode: number, dnssecOk: boolean, errorCode: number | undefined, errorText: Buffer | undefined): void {
    scratch[this.#at++] = 0;
    this.#u16(recordTypes.OPT);
    this.#u16(ednsUdpSize);
    this.#u16((rcode >> 4) << 8);
    this.#u16(dnssecOk ? 0x8000 : 0);
    if (errorCode === undefined || errorText === undefined) {
      this.#u16(0);
      return;
    }
    this.#u16(6 + errorText.length);
    this.#u16(15);
    this.#u16(2 + errorText.length);
    this.#u16(errorCode);
    scratch.set(errorText, this.#at);
    this.#at += errorText.length;
  }

  #name(name: string, compress: boolean): void {
    // Nearly every owner is the name that was asked for.
    if (compress && name === this.#query?.name && name !== '') {
      this.#u16(0xc000 | headerSize);
      return;
    }
    const offsets = (this.#offsets ??= this.#questionOffsets());
    const labels = splitLabels(name);
    let key = lowerCaseName(name);
    for (const label of labels) {
      const known = offsets.get(key);
      if (known !== undefined && compress) {
        this.#u16(0xc000 | known);
        return;
      }
      if (known === undefined && this.#at < 0x4000) offsets.set(key, this.#at);
      this.#label(label);
      key = afterFirstLabel(key, label);
    }
    scratch[this.#at++] = 0;
  }

  #label(label: string): void {
    if (label.length === 0 || label.length > 63) throw new RangeError(`not a label: ${JSON.stringify(label)}`);
    scratch[this.#at++] = label.length;
    this.#at += scratch.write(label, this.#at, 'latin1');
  }

  #questionOffsets(): Map<string, number> {
    const offsets = new Map<string, number>();
    let key = this.#query?.name ?? '';
    let at = headerSize;
    for (const label of splitLabels(key)) {
      offsets.set(key, at);
      at += label.length + 1;
      key = afterFirstLabel(key, label);
    }
    return offsets;
  }

  #u16(value: number): void {
    scratch[this.#at++] = value >> 8;
    scratch[this.#at++] = value & 0xff;
  }

  #u32(value: number): void {
    this.#u16(value >>> 16);
    this.#u16(value & 0xffff);
  }
}

/** The rest of a name in text, given its first label without escapes. */
function afterFirstLabel(name: string, label: string): string {
  let at = label.length;
  if (name.includes('\\')) for (const character of label) if (character === '.' || character === '\\') at += 1;
  return name.slice(at + 1);
}
