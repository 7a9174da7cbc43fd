import { open, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { isErrno } from '../../../system/files.ts';

const blockBytes = 64 * 1024;
const newline = 0x0a;

/** Reads a log file's whole lines from an offset on, and goes over to the file that a rotation puts in its place. */
export class LineReader implements AsyncDisposable {
  readonly #path: string;
  #file: FileHandle;
  #successor: FileHandle | undefined;
  #offset: number;
  readonly #end: number;
  #rest: Buffer = Buffer.alloc(0);

  /** Reads from `offset` on, and not beyond `end`, both in bytes. */
  constructor(path: string, file: FileHandle, { offset, end = Infinity }: { offset: number; end?: number }) {
    this.#path = path;
    this.#file = file;
    this.#offset = offset;
    this.#end = end;
  }

  /** The next lines, ends included, none of them unfinished; undefined at the end of the file for now. */
  async next(): Promise<readonly Buffer[] | undefined> {
    const block = Buffer.allocUnsafe(blockBytes);
    const wanted = Math.min(blockBytes, this.#end - this.#offset);
    const { bytesRead } = await this.#file.read(block, 0, wanted, this.#offset);
    if (bytesRead === 0) return await this.#moveOn();
    this.#offset += bytesRead;
    const fresh = block.subarray(0, bytesRead);
    const bytes = this.#rest.length === 0 ? fresh : Buffer.concat([this.#rest, fresh]);
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
      lines.push(bytes.subarray(start, end + 1));
      start = end + 1;
    }
    this.#rest = bytes.subarray(start);
    return lines;
  }

  /** What stands at the end without an end of line. */
  rest(): readonly Buffer[] {
    const rest = this.#rest;
    this.#rest = Buffer.alloc(0);
    return rest.length === 0 ? [] : [rest];
  }

  /** Looks for the file that a rotation left in this one's place; `next` then goes on to it. */
  async findSuccessor(): Promise<boolean> {
    if (this.#successor !== undefined) return true;
    try {
      const [now, then] = await Promise.all([stat(this.#path), this.#file.stat()]);
      if (now.ino === then.ino && now.dev === then.dev) return false;
      this.#successor = await open(this.#path, 'r');
      return true;
    } catch (error) {
      // Between the two steps of a rotation there is no file.
      if (isErrno(error, 'ENOENT')) return false;
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
    await this.#successor?.close();
  }

  // The successor was found before this end of file was: the old file is complete.
  async #moveOn(): Promise<readonly Buffer[] | undefined> {
    const successor = this.#successor;
    if (successor === undefined) return undefined;
    const last = this.rest();
    await this.#file.close();
    this.#file = successor;
    this.#successor = undefined;
    this.#offset = 0;
    return last;
  }
}
