import { writeSync } from 'node:fs';
import { isErrno } from '../../system/files.ts';

const pause = new Int32Array(new SharedArrayBuffer(4));

/** Prints a line before anything else happens, however slowly it is read. */
export function say(line: string): void {
  let left = Buffer.from(`${line}\n`);
  while (left.length > 0) {
    try {
      left = left.subarray(writeSync(1, left));
    } catch (error) {
      if (!isErrno(error, 'EAGAIN')) throw error;
      // The reader is behind, and the pipe does not block.
      Atomics.wait(pause, 0, 0, 1);
    }
  }
}
