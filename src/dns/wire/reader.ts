/** A message, or a name, that does not follow RFC 1035. */
export class WireError extends Error {
  readonly code = 'DNS_MALFORMED';

  constructor(what: string) {
    super(what);
    this.name = 'WireError';
  }
}

const dot = 0x2e;
const backslash = 0x5c;
/** Room for a name of 255 bytes of which each needs an escape. */
const scratch = Buffer.alloc(512);

/** A name has at most 127 labels; more pointers than that only make work. */
const mostPointers = 127;

export interface NameOptions {
  /** A question that was asked of us has nothing before it that it could point to. */
  readonly pointers: boolean;
  readonly lowerCase: boolean;
}

/**
 * Reads numbers, bytes and names from a message. Whatever the bytes are, it ends: reading past the end throws a
 * WireError, and a compression pointer must point before the part of the name that it continues.
 *
 * Names are text: labels with dots between, none at the end, `''` for the root. A byte is the character of the same
 * number; a dot or a backslash inside a label has a backslash before it.
 */
export class WireReader {
  readonly bytes: Uint8Array;
  offset: number;

  constructor(bytes: Uint8Array, offset = 0) {
    this.bytes = bytes;
    this.offset = offset;
  }

  u8(): number {
    const value = this.bytes[this.offset];
    if (value === undefined) throw new WireError('the message ends early');
    this.offset += 1;
    return value;
  }

  u16(): number {
    return (this.u8() << 8) | this.u8();
  }

  u32(): number {
    return this.u16() * 0x1_0000 + this.u16();
  }

  /** A copy of the next bytes, which does not keep the message in memory. */
  take(length: number): Uint8Array {
    const end = this.offset + length;
    if (length < 0 || end > this.bytes.length) throw new WireError('the message ends early');
    // Not `slice`, which shares memory where the message is a Buffer.
    const taken = Uint8Array.from(this.bytes.subarray(this.offset, end));
    this.offset = end;
    return taken;
  }

  name(options: NameOptions): string {
    const { bytes } = this;
    let at = this.offset;
    let before = at;
    let end = -1;
    let size = 1;
    let pointers = 0;
    let written = 0;
    for (;;) {
      const length = bytes[at];
      if (length === undefined) throw new WireError('a name ends early');
      if (length === 0) break;
      if (length >= 0xc0) {
        const low = bytes[at + 1];
        const target = ((length & 0x3f) << 8) | (low ?? 0);
        pointers += 1;
        if (!options.pointers || low === undefined || target >= before || pointers > mostPointers) {
          throw new WireError('a compression pointer points nowhere');
        }
        if (end < 0) end = at + 2;
        before = target;
        at = target;
        continue;
      }
      size += length + 1;
      if (length > 63 || size > 255 || at + length >= bytes.length) throw new WireError('a name is too long');
      if (written > 0) scratch[written++] = dot;
      written = copyLabel(bytes, at + 1, length, written, options.lowerCase);
      at += length + 1;
    }
    this.offset = end < 0 ? at + 1 : end;
    return scratch.toString('latin1', 0, written);
  }

  /** Passes over a name without following its pointer. */
  skipName(): void {
    for (;;) {
      const length = this.u8();
      if (length === 0) return;
      if (length >= 0xc0) {
        this.u8();
        return;
      }
      if (length > 63) throw new WireError('a label is too long');
      this.offset += length;
    }
  }
}

function copyLabel(bytes: Uint8Array, from: number, length: number, to: number, lowerCase: boolean): number {
  let written = to;
  for (let at = from; at < from + length; at++) {
    let byte = bytes[at] ?? 0;
    if (byte === dot || byte === backslash) scratch[written++] = backslash;
    if (lowerCase && byte >= 0x41 && byte <= 0x5a) byte |= 0x20;
    scratch[written++] = byte;
  }
  return written;
}

/**
 * Lower case as the DNS has it: ASCII letters alone (RFC 4343). JavaScript's own would change bytes above them, so it
 * is used only where there are none.
 */
export function lowerCaseName(name: string): string {
  // oxlint-disable-next-line no-control-regex -- every byte may stand in a name
  return /^[\x00-\x7f]*$/.test(name) ? name.toLowerCase() : name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** Whether text is a name that fits a message: labels of 1 to 63 bytes, 255 in all. The root, `''`, is one. */
export function isEncodableName(name: string): boolean {
  if (name === '') return true;
  let size = 1;
  // oxlint-disable-next-line no-control-regex -- every byte may stand in a name
  if (!/^[\x00-\xff]*$/.test(name)) return false;
  for (const label of splitLabels(name)) {
    if (label.length === 0 || label.length > 63) return false;
    size += label.length + 1;
  }
  return size <= 255;
}

/** The labels of a name, unescaped. */
export function splitLabels(name: string): string[] {
  if (name === '') return [];
  if (!name.includes('\\')) return name.split('.');
  return (name.match(/(?:\\.|[^.\\])+/gs) ?? []).map((label) => label.replace(/\\(.)/gs, '$1'));
}
