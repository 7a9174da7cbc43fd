import { createRequire } from 'node:module';
import { getSystemErrorName } from 'node:util';

interface Library {
  func(signature: string): (...args: readonly unknown[]) => number;
}
interface ForeignCalls {
  load(path: string): Library;
  errno(): number;
}

/** The foreign calls of this process alone: a fault in one of them ends it, and nothing else. */
const foreign = createRequire(import.meta.url)('koffi') as ForeignCalls;
/** The C library: what another file of this process needs of it, that file declares. */
export const libc = foreign.load('libc.so.6');
const malloc = libc.func('uint64_t malloc(size_t size)');
const free = libc.func('void free(uint64_t memory)');
const copyIn = libc.func('uint64_t memcpy(uint64_t to, const void *from, size_t size)');
const copyOut = libc.func('uint64_t memcpy(void *to, uint64_t from, size_t size)');
const bpfCall = libc.func('long syscall(long number, int command, void *attributes, uint32_t size)');
const setNamespace = libc.func('int setns(int file, int kind)');
const makeSocket = libc.func('int socket(int family, int type, int protocol)');
const socketOption = libc.func('int getsockopt(int file, int level, int name, void *value, void *size)');
const closeFile = libc.func('int close(int file)');

const bpfNumber = process.arch === 'arm64' ? 280 : 321;
const attributeSize = 128;
const newNetwork = 0x4000_0000;
const netnsCookieOption = 71;

/** A call that the kernel refused; `code` is the error's name, e.g. `EPERM`. */
export class KernelError extends Error {
  readonly code: string;
  constructor(what: string, number: number, more = '') {
    const code = getSystemErrorName(-number);
    super(`${what}: ${code}${more === '' ? '' : `: ${more}`}`);
    this.name = 'KernelError';
    this.code = code;
  }
}

/** What the foreign call that has just failed says of it. */
export function lastError(what: string): KernelError {
  return new KernelError(what, foreign.errno());
}

/** The attributes of one bpf(2) call; memory that they point to is freed when it is disposed of. */
export class BpfCall implements Disposable {
  readonly #attributes = Buffer.alloc(attributeSize);
  readonly #memory: number[] = [];

  int(offset: number, value: number): this {
    this.#attributes.writeUInt32LE(value, offset);
    return this;
  }

  text(offset: number, value: string): this {
    this.#attributes.write(value.slice(0, 15), offset, 'latin1');
    return this;
  }

  /** Memory of the C library that holds `data`, at `offset` as a pointer; returns its address. */
  pointer(offset: number, data: Uint8Array): number {
    const address = malloc(Math.max(8, data.byteLength));
    this.#memory.push(address);
    copyIn(address, data, data.byteLength);
    this.#attributes.writeBigUInt64LE(BigInt(address), offset);
    return address;
  }

  read(address: number, size: number): Buffer {
    const result = Buffer.alloc(size);
    copyOut(result, address, size);
    return result;
  }

  /** The call's result; throws a KernelError that says `what`, save for errors in `accept`, which give -1. */
  run(command: number, what: string, accept: readonly string[] = [], more?: () => string): number {
    const result = bpfCall(bpfNumber, command, this.#attributes, attributeSize);
    if (result >= 0) return result;
    const error = new KernelError(what, foreign.errno(), more?.());
    if (accept.includes(error.code)) return -1;
    throw error;
  }

  [Symbol.dispose](): void {
    for (const address of this.#memory) free(address);
  }
}

export function close(file: number): void {
  closeFile(file);
}

/** Runs `action` with this thread inside the network namespace of an open file, and comes back to `home`. */
export function inside<T>(file: number, home: number, action: () => T): T {
  if (setNamespace(file, newNetwork) !== 0) throw new KernelError('setns', foreign.errno());
  try {
    return action();
  } finally {
    if (setNamespace(home, newNetwork) !== 0) {
      // What follows would act on another namespace.
      process.abort();
    }
  }
}

/** The number by which eBPF programs know the network namespace of an open file. */
export function namespaceCookie(file: number, home: number): bigint {
  return inside(file, home, () => {
    const socket = makeSocket(2, 2 | 0x8_0000, 0);
    if (socket < 0) throw new KernelError('socket', foreign.errno());
    try {
      const value = Buffer.alloc(8);
      const size = Buffer.from([8, 0, 0, 0]);
      if (socketOption(socket, 1, netnsCookieOption, value, size) !== 0) {
        throw new KernelError('getsockopt SO_NETNS_COOKIE (Linux 5.14 has it)', foreign.errno());
      }
      return value.readBigUInt64LE();
    } finally {
      closeFile(socket);
    }
  });
}
