import { classes, flags, headerSize, recordTypes } from './constants.ts';
import { WireError, WireReader } from './reader.ts';
import type { ResourceRecord } from './record.ts';
import { dataLayouts } from './record.ts';

/** Another server's response to a query of ours. */
export interface Message {
  readonly id: number;
  readonly flags: number;
  /** With the upper bits that an OPT record brings. */
  readonly rcode: number;
  /** In lower case. */
  readonly question: { readonly name: string; readonly type: number; readonly class: number } | undefined;
  /** Records of class IN. */
  readonly answers: readonly ResourceRecord[];
  readonly authority: readonly ResourceRecord[];
}

const asIs = { pointers: true, lowerCase: false };
const folded = { pointers: true, lowerCase: true };

/** Reads a response. Throws a WireError for bytes that are none. */
export function parseMessage(bytes: Uint8Array): Message {
  if (bytes.length < headerSize) throw new WireError('the message ends early');
  const reader = new WireReader(bytes);
  const id = reader.u16();
  const bits = reader.u16();
  const questions = reader.u16();
  const counts = [reader.u16(), reader.u16(), reader.u16()] as const;
  if (questions > 1) throw new WireError('a message with several questions');
  const question = questions === 0 ? undefined : { name: reader.name(folded), type: reader.u16(), class: reader.u16() };
  let rcode = bits & 0xf;
  // A truncated message may end anywhere: what matters is that it is to be asked for again.
  if ((bits & flags.truncated) !== 0) return { id, flags: bits, rcode, question, answers: [], authority: [] };
  const [answers, authority] = [readRecords(reader, counts[0]), readRecords(reader, counts[1])];
  for (let index = 0; index < counts[2]; index++) {
    reader.skipName();
    const type = reader.u16();
    reader.u16();
    const ttl = reader.u32();
    reader.offset += reader.u16();
    if (type === recordTypes.OPT) rcode |= (ttl >>> 24) << 4;
  }
  if (reader.offset > bytes.length) throw new WireError('the message ends early');
  return { id, flags: bits, rcode, question, answers, authority };
}

function readRecords(reader: WireReader, count: number): ResourceRecord[] {
  const records: ResourceRecord[] = [];
  for (let index = 0; index < count; index++) {
    const name = reader.name(asIs);
    const type = reader.u16();
    const class_ = reader.u16();
    const ttl = reader.u32();
    const end = reader.u16() + reader.offset;
    if (end > reader.bytes.length) throw new WireError('a record ends early');
    const data = readData(reader, type, end);
    // A TTL with the top bit set is 0 (RFC 2181, section 8).
    if (class_ === classes.IN) records.push({ name, type, ttl: ttl > 0x7fff_ffff ? 0 : ttl, data });
  }
  return records;
}

function readData(reader: WireReader, type: number, end: number): (Uint8Array | string)[] {
  const data: (Uint8Array | string)[] = [];
  for (const part of dataLayouts.get(type) ?? []) {
    if (part === 'name') data.push(reader.name(asIs));
    else if (part === 'text') data.push(reader.take(1 + (reader.bytes[reader.offset] ?? 0)));
    else data.push(reader.take(part));
  }
  if (reader.offset > end) throw new WireError("a record's content does not fit its length");
  if (reader.offset < end) data.push(reader.take(end - reader.offset));
  return data;
}
