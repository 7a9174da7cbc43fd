import { inside, lastError, libc } from './kernel.ts';

const makeSocket = libc.func('int socket(int family, int type, int protocol)');
const setOption = libc.func('int setsockopt(int file, int level, int name, const void *value, uint32_t size)');
const send = libc.func('long send(int file, const void *data, size_t size, int flags)');
const receive = libc.func('long recv(int file, void *data, size_t size, int flags)');

const family = { netlink: 16, raw: 3, closeOnExec: 0x8_0000, netfilter: 12 } as const;
/** By level and name; those that force sizes go beyond the machine's limits, as root may. */
const options = {
  sendBuffer: [1, 32],
  receiveBuffer: [1, 33],
  /** Answers leave out the message that they are about, and say in words what was wrong. */
  shortAnswers: [270, 10],
  answersInWords: [270, 11],
} as const;
const doNotWait = 0x40;
const answerSize = 64 * 1024;

/** A netlink socket of one network namespace; it is kept, since the kernel waits for unfinished deletions at its end. */
export class NetlinkSocket {
  readonly #file: number;

  /** Opens it in the network namespace of an open file, or in this process's own (`home`) where there is none. */
  constructor(home: number, namespace?: number) {
    const open = (): number => makeSocket(family.netlink, family.raw | family.closeOnExec, family.netfilter);
    this.#file = namespace === undefined ? open() : inside(namespace, home, open);
    if (this.#file < 0) throw lastError('opening a netlink socket');
    this.#set(options.receiveBuffer, 16 * answerSize);
    this.#set(options.shortAnswers, 1);
    this.#set(options.answersInWords, 1);
  }

  /**
   * Sends one batch to nf_tables and returns the kernel's answers. The kernel carries out a batch within the call that
   * sends it, so that all answers are there when it returns.
   */
  transact(batch: Uint8Array): Uint8Array {
    this.#set(options.sendBuffer, 2 * batch.length + answerSize);
    if (send(this.#file, batch, batch.length, 0) < 0) throw lastError('sending to nf_tables');
    const answers: Uint8Array[] = [];
    for (;;) {
      const buffer = Buffer.alloc(answerSize);
      const size = receive(this.#file, buffer, answerSize, doNotWait);
      if (size >= 0) {
        answers.push(buffer.subarray(0, size));
        continue;
      }
      const error = lastError('reading the answers of nf_tables');
      if (error.code === 'EAGAIN') return Buffer.concat(answers);
      throw error;
    }
  }

  #set([level, name]: readonly [number, number], value: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value);
    if (setOption(this.#file, level, name, bytes, 4) !== 0)
      throw lastError(`setting option ${name} of a netlink socket`);
  }
}
