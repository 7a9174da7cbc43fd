import { flags, headerSize, rcodes, recordTypes } from './constants.ts';
import { WireError, WireReader } from './reader.ts';

/** What a client says of itself in an OPT record (RFC 6891). */
export interface ClientEdns {
  readonly udpSize: number;
  readonly version: number;
  readonly dnssecOk: boolean;
}

export interface Query {
  readonly id: number;
  /** Bits of the header, as in `flags`. */
  readonly flags: number;
  /** In lower case; see WireReader for the form. */
  readonly name: string;
  readonly type: number;
  readonly class: number;
  /** The question as it came, with the client's case, to be sent back. */
  readonly question: Uint8Array;
  readonly edns: ClientEdns | undefined;
}

/**
 * - `query`: one well-formed question.
 * - `fault`: to be answered with `rcode` alone.
 * - `ignored`: not a request at all; answering it could start a loop between two servers.
 */
export type ParsedQuery =
  | { readonly kind: 'query'; readonly query: Query }
  | { readonly kind: 'fault'; readonly rcode: number; readonly id: number; readonly flags: number }
  | { readonly kind: 'ignored' };

const ignored: ParsedQuery = { kind: 'ignored' };
const questionName = { pointers: false, lowerCase: true };

/** Reads a request. Never throws, whatever the bytes are. */
export function parseQuery(message: Uint8Array): ParsedQuery {
  if (message.length < headerSize) return ignored;
  const reader = new WireReader(message);
  const id = reader.u16();
  const bits = reader.u16();
  if ((bits & flags.response) !== 0) return ignored;
  const fault = (rcode: number): ParsedQuery => ({ kind: 'fault', rcode, id, flags: bits });
  if ((bits & 0x7800) !== 0) return fault(rcodes.NOTIMP);
  const questions = reader.u16();
  const records = reader.u16() + reader.u16();
  const additional = reader.u16();
  if (questions !== 1) return fault(rcodes.FORMERR);
  try {
    const name = reader.name(questionName);
    const type = reader.u16();
    const class_ = reader.u16();
    const question = message.subarray(headerSize, reader.offset);
    const edns = readEdns(reader, records, additional);
    return { kind: 'query', query: { id, flags: bits, name, type, class: class_, question, edns } };
  } catch (error) {
    if (error instanceof WireError) return fault(rcodes.FORMERR);
    throw error;
  }
}

function readEdns(reader: WireReader, records: number, additional: number): ClientEdns | undefined {
  let edns: ClientEdns | undefined;
  for (let index = 0; index < records + additional; index++) {
    const start = reader.offset;
    reader.skipName();
    const atRoot = reader.offset === start + 1;
    const type = reader.u16();
    const udpSize = reader.u16();
    const ttl = reader.u32();
    const length = reader.u16();
    reader.offset += length;
    if (reader.offset > reader.bytes.length) throw new WireError('a record ends early');
    if (type !== recordTypes.OPT || index < records) continue;
    if (edns !== undefined || !atRoot) throw new WireError('an OPT record stands where none may');
    edns = { udpSize, version: (ttl >>> 16) & 0xff, dnssecOk: (ttl & 0x8000) !== 0 };
  }
  return edns;
}
