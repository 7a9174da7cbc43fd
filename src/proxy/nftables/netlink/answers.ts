import { getSystemErrorName } from 'node:util';
import type { Batch } from './batch.ts';

/** A transaction that the kernel refused as a whole; the message names the commands at fault. */
export class RefusedError extends Error {
  readonly code: string;
  constructor(faults: readonly string[], code: string) {
    super(`the kernel refused a transaction: ${faults.join('; ')}`);
    this.name = 'RefusedError';
    this.code = code;
  }
}

interface Answer {
  readonly sequence: number;
  /** Zero for success; otherwise the error's number. */
  readonly error: number;
  /** What the kernel says besides, where it says anything. */
  readonly text: string;
}

const errorType = 2;
const hasText = 0x200;
const headerSize = 16;
const attribute = { text: 1 } as const;
const faultsNamed = 5;

/**
 * Throws a RefusedError unless the kernel has carried out the batch: `bytes` are its answers, in which failed commands
 * come by their sequence numbers, and the last command in any case.
 */
export function checkAnswers(bytes: Uint8Array, { commands }: Pick<Batch, 'commands'>): void {
  const answers = readAnswers(bytes);
  const failed = answers.filter(({ error }) => error !== 0);
  const [first] = failed;
  if (first === undefined) {
    if (answers.some(({ sequence }) => sequence === commands.length)) return;
    throw new RefusedError(['it did not confirm the last command'], 'NO_ANSWER');
  }
  const named = failed.slice(0, faultsNamed).map(({ sequence, error, text }) => {
    const command = commands[sequence - 1] ?? 'the transaction as a whole';
    return `${command}: ${getSystemErrorName(-error)}${text === '' ? '' : `: ${text}`}`;
  });
  const more = failed.length - named.length;
  throw new RefusedError(more > 0 ? [...named, `and ${more} more`] : named, getSystemErrorName(-first.error));
}

function readAnswers(bytes: Uint8Array): readonly Answer[] {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const answers: Answer[] = [];
  for (let start = 0; start + headerSize <= view.length;) {
    const size = view.readUInt32LE(start);
    if (size < headerSize || start + size > view.length) break;
    if (view.readUInt16LE(start + 4) === errorType) answers.push(readAnswer(view.subarray(start, start + size)));
    start += (size + 3) & ~3;
  }
  return answers;
}

/** An answer is its error's number and the header of the message that it is about; then, by a flag, attributes. */
function readAnswer(message: Buffer): Answer {
  const error = -message.readInt32LE(headerSize);
  const sequence = message.readUInt32LE(headerSize + 4 + 8);
  const flags = message.readUInt16LE(6);
  if ((flags & hasText) === 0) return { sequence, error, text: '' };
  for (let at = 2 * headerSize + 4; at + 4 <= message.length;) {
    const size = message.readUInt16LE(at);
    if (size < 4) break;
    if ((message.readUInt16LE(at + 2) & 0x3fff) === attribute.text) {
      const text = message.subarray(at + 4, at + size).toString('latin1');
      return { sequence, error, text: text.replace(/\0.*$/s, '') };
    }
    at += (size + 3) & ~3;
  }
  return { sequence, error, text: '' };
}
