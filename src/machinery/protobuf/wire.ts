/** A body that is no valid protobuf message. */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError';
}

/** How a field's value is laid out on the wire. */
export const wireType = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** Reads the wire format from a slice of a buffer; every read stays inside it or throws a ProtobufError. */
export class WireReader {
  private readonly buffer: Buffer;
  private position: number;
  private readonly end: number;

  constructor(buffer: Buffer, start = 0, end = buffer.length) {
    this.buffer = buffer;
    this.position = start;
    this.end = end;
  }

  get done(): boolean {
    return this.position >= this.end;
  }

  get length(): number {
    return this.end - this.position;
  }

  /** A varint of up to 64 bits, unsigned. */
  varint(): bigint {
    let low = 0;
    let shift = 0;
    // Almost every varint fits a number: BigInt only where it must be.
    for (; shift < 28; shift += 7) {
      const byte = this.byte();
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt(low);
    }
    let value = BigInt(low);
    for (; shift < 70; shift += 7) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << BigInt(shift);
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new ProtobufError('proto: integer overflow');
  }

  /** The number and the wire type of the next field. */
  tag(): { number: number; type: number } {
    const tag = this.varint();
    if (tag > 0xffffffffn) throw new ProtobufError('proto: illegal tag');
    const number = Number(tag >> 3n);
    if (number === 0) throw new ProtobufError(`proto: illegal tag ${number} (wire type ${Number(tag & 7n)})`);
    return { number, type: Number(tag & 7n) };
  }

  /** A length-delimited part as a reader of its own. */
  part(): WireReader {
    const length = this.varint();
    if (length > BigInt(this.end - this.position)) throw new ProtobufError('unexpected EOF');
    const start = this.position;
    this.position += Number(length);
    return new WireReader(this.buffer, start, this.position);
  }

  double(): number {
    this.need(8);
    this.position += 8;
    return this.buffer.readDoubleLE(this.position - 8);
  }

  /** Everything that is left, as a view on the buffer. */
  rest(): Buffer {
    const bytes = this.buffer.subarray(this.position, this.end);
    this.position = this.end;
    return bytes;
  }

  /** Steps over a field of any wire type but groups, which Kubernetes does not use. */
  skip(type: number): void {
    if (type === wireType.varint) this.varint();
    else if (type === wireType.bytes) this.part();
    else if (type === wireType.fixed64) this.advance(8);
    else if (type === wireType.fixed32) this.advance(4);
    else throw new ProtobufError(`proto: illegal wireType ${type}`);
  }

  private advance(count: number): void {
    this.need(count);
    this.position += count;
  }

  private need(count: number): void {
    if (this.end - this.position < count) throw new ProtobufError('unexpected EOF');
  }

  private byte(): number {
    if (this.position >= this.end) throw new ProtobufError('unexpected EOF');
    return this.buffer[this.position++] ?? 0;
  }
}

/** Writes the wire format. */
export class WireWriter {
  private readonly parts: Buffer[] = [];

  varint(value: bigint | number): this {
    let rest = BigInt.asUintN(64, BigInt(value));
    const bytes: number[] = [];
    do {
      const byte = Number(rest & 0x7fn);
      rest >>= 7n;
      bytes.push(rest === 0n ? byte : byte | 0x80);
    } while (rest !== 0n);
    this.parts.push(Buffer.from(bytes));
    return this;
  }

  tag(number: number, type: number): this {
    return this.varint(number * 8 + type);
  }

  /** A length-delimited field. */
  field(number: number, bytes: Buffer | string): this {
    const data = typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : bytes;
    this.tag(number, wireType.bytes).varint(data.length);
    this.parts.push(data);
    return this;
  }

  double(value: number): this {
    const data = Buffer.alloc(8);
    data.writeDoubleLE(value);
    this.parts.push(data);
    return this;
  }

  finish(): Buffer {
    return Buffer.concat(this.parts);
  }
}
