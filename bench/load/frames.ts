/** Types and flags of HTTP/2 frames, as far as a load generator needs them (RFC 9113, section 6). */
export const frameTypes = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goAway: 7, windowUpdate: 8 } as const;
export const endStream = 0x1;
export const endHeaders = 0x4;
export const acknowledged = 0x1;
export const headBytes = 9;

/** A frame's nine bytes of head. */
export function frameHead(type: number, flags: number, stream: number, length: number): Buffer {
  const head = Buffer.allocUnsafe(headBytes);
  head.writeUIntBE(length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return head;
}

/** A whole frame. */
export function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  return Buffer.concat([frameHead(type, flags, stream, payload.length), payload]);
}

/** SETTINGS: no table for the server's headers, so that each answer can be read alone, and windows without limit. */
export function greeting(): Buffer {
  const settings = Buffer.alloc(12);
  settings.writeUInt16BE(1, 0); // SETTINGS_HEADER_TABLE_SIZE
  settings.writeUInt16BE(4, 6); // SETTINGS_INITIAL_WINDOW_SIZE
  settings.writeUInt32BE(0x7fff_ffff, 8);
  return Buffer.concat([
    Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
    frame(frameTypes.settings, 0, 0, settings),
    windowUpdate(0, 0x7fff_ffff - 0xffff),
  ]);
}

export function windowUpdate(stream: number, bytes: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(bytes);
  return frame(frameTypes.windowUpdate, 0, stream, payload);
}

/** A length of HPACK: seven bits, then more (RFC 7541, section 5.1); the eighth says that no Huffman code follows. */
function literal(text: string): Buffer {
  const value = Buffer.from(text);
  const length = [Math.min(value.length, 127)];
  if (value.length >= 127) {
    let rest = value.length - 127;
    for (; rest >= 128; rest >>= 7) length.push((rest & 127) | 128);
    length.push(rest);
  }
  return Buffer.concat([Buffer.from(length), value]);
}

/** Indices of HPACK's own table (RFC 7541, appendix A). */
const names = { ':authority': 1, ':path': 4, accept: 19, 'content-type': 31, 'user-agent': 58 } as const;
const methods: Readonly<Record<string, Buffer>> = { GET: Buffer.from([0x82]), POST: Buffer.from([0x83]) };
const https = 0x87;
/** Headers that are the same in all requests: sent once, named by their number from then on, as clients do. */
const constant = ['content-type', 'user-agent', 'accept', ':authority'] as const;

/** Writes the header blocks of one connection's requests. */
export class RequestHeaders {
  readonly #first: Buffer;
  #isFirst = true;
  readonly #again = Buffer.from([https, ...constant.map((_, index) => 0x80 | (62 + index)).toReversed()]);

  constructor(authority: string) {
    const values = {
      ':authority': authority,
      accept: 'application/json',
      'user-agent': 'bench/1',
      'content-type': 'application/json',
    };
    const inOrder = constant.toReversed().flatMap((name) => [Buffer.from([0x40 | names[name]]), literal(values[name])]);
    this.#first = Buffer.concat([Buffer.from([https]), ...inOrder]);
  }

  block(method: string, path: string): Buffer {
    const shared = this.#isFirst ? this.#first : this.#again;
    this.#isFirst = false;
    // Pseudo headers stand first; the authority among the constant ones is the last of them.
    return Buffer.concat([methods[method] ?? Buffer.alloc(0), Buffer.from([names[':path']]), literal(path), shared]);
  }
}

/** The status of an answer's header block, in which it stands first; 0 for one that is not understood. */
export function statusOf(block: Buffer): number {
  let at = 0;
  // A change of the table's size.
  while (((block[at] ?? 0) & 0xe0) === 0x20) at += 1;
  const indexed: Readonly<Record<number, number>> = { 8: 200, 9: 204, 10: 206, 11: 304, 12: 400, 13: 404, 14: 500 };
  const first = block[at] ?? 0;
  if ((first & 0x80) !== 0) return indexed[first & 0x7f] ?? 0;
  const length = block[at + 1] ?? 0;
  const value = block.subarray(at + 2, at + 2 + (length & 0x7f));
  return (length & 0x80) === 0 ? Number(value.toString('latin1')) : digits(value);
}

/** Digits in HPACK's Huffman code: 0, 1 and 2 have five bits, the others six (RFC 7541, appendix B). */
function digits(value: Buffer): number {
  const bits = [...value].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  let number = 0;
  for (let at = 0; at + 5 <= bits.length;) {
    const five = Number.parseInt(bits.slice(at, at + 5), 2);
    const six = Number.parseInt(bits.slice(at, at + 6), 2);
    if (five <= 2) [number, at] = [number * 10 + five, at + 5];
    else if (six >= 0x19 && six <= 0x1f) [number, at] = [number * 10 + six - 0x16, at + 6];
    else break;
  }
  return number;
}
