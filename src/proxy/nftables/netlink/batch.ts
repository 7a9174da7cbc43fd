/** Message types of nf_tables in `linux/netfilter/nf_tables.h`, without the subsystem. */
export const messages = {
  newChain: 3,
  deleteChain: 5,
  newRule: 6,
  deleteRule: 8,
  newSet: 9,
  deleteSet: 11,
  newElement: 12,
  deleteElement: 14,
} as const;

const subsystem = 10;
const batchBegin = 16;
const batchEnd = 17;
const flags = { request: 0x1, acknowledge: 0x4, create: 0x400, append: 0x800 } as const;
const nested = 0x8000;
const ipv4 = 2;
const headerSize = 20;

/** A transaction as bytes, and what each of its messages was meant to do: the message with sequence number n is `commands[n - 1]`. */
export interface Batch {
  readonly bytes: Uint8Array;
  readonly commands: readonly string[];
}

/**
 * Writes one nf_tables transaction in netlink's format. Headers are in the byte order of the machine, which is little
 * endian on every one that this project runs on; numbers of nf_tables are big endian.
 */
export class BatchWriter {
  #buffer = Buffer.alloc(4096);
  #length = 0;
  /** Where the message that was begun last starts. */
  #last = 0;
  readonly #commands: string[] = [];
  #sets = 0;

  constructor() {
    this.#header(batchBegin, flags.request, 0, [0, 0, 0, subsystem]);
    this.#close(0);
  }

  /** One command; `says` names it where the kernel refuses it. */
  message(type: keyof typeof messages, says: string, body: () => void): void {
    const create = type.startsWith('new') ? flags.create | (type === 'newRule' ? flags.append : 0) : 0;
    this.#commands.push(says);
    this.#last = this.#length;
    this.#header((subsystem << 8) | messages[type], flags.request | create, this.#commands.length, [ipv4, 0, 0, 0]);
    const start = this.#last;
    body();
    this.#close(start);
  }

  /** A number for a set that has no name of its own; its rule refers to it within the transaction. */
  nextSet(): number {
    this.#sets += 1;
    return this.#sets;
  }

  bytes(type: number, data: Uint8Array): void {
    const start = this.#attribute(type, data.length);
    this.#buffer.set(data, start);
  }

  /** Text ends with a zero byte. */
  text(type: number, value: string): void {
    const start = this.#attribute(type, value.length + 1);
    this.#buffer.write(value, start, 'latin1');
  }

  number(type: number, value: number): void {
    const start = this.#attribute(type, 4);
    this.#buffer.writeUInt32BE(value >>> 0, start);
  }

  nest(type: number, body: () => void): void {
    const start = this.#length;
    this.#attribute(type | nested, 0);
    body();
    const size = this.#length - start;
    if (size > 0xffff) throw new RangeError(`an attribute of ${size} bytes does not fit into a netlink message`);
    this.#buffer.writeUInt16LE(size, start);
  }

  /** Ends the transaction: its last command asks for an answer, so that success is not mistaken for silence. */
  finish(): Batch {
    const withAnswer = this.#buffer.readUInt16LE(this.#last + 6) | flags.acknowledge;
    this.#buffer.writeUInt16LE(withAnswer, this.#last + 6);
    const start = this.#length;
    this.#header(batchEnd, flags.request, this.#commands.length + 1, [0, 0, 0, subsystem]);
    this.#close(start);
    return { bytes: this.#buffer.subarray(0, this.#length), commands: this.#commands };
  }

  #header(type: number, messageFlags: number, sequence: number, extra: readonly number[]): void {
    const start = this.#take(headerSize);
    this.#buffer.writeUInt16LE(type, start + 4);
    this.#buffer.writeUInt16LE(messageFlags, start + 6);
    this.#buffer.writeUInt32LE(sequence, start + 8);
    this.#buffer.set(extra, start + 16);
  }

  #close(start: number): void {
    this.#buffer.writeUInt32LE(this.#length - start, start);
  }

  #attribute(type: number, size: number): number {
    const start = this.#take(4 + size);
    this.#buffer.writeUInt16LE(4 + size, start);
    this.#buffer.writeUInt16LE(type, start + 2);
    return start + 4;
  }

  /** Room for `size` bytes and what fills them up to a multiple of four; all zero. */
  #take(size: number): number {
    const start = this.#length;
    this.#length += (size + 3) & ~3;
    if (this.#length > this.#buffer.length) {
      const larger = Buffer.alloc(Math.max(this.#length, 2 * this.#buffer.length));
      larger.set(this.#buffer.subarray(0, start));
      this.#buffer = larger;
    }
    return start;
  }
}
