import type { FileHandle } from 'node:fs/promises';

const blockBytes = 64 * 1024;
const newline = 0x0a;

/** Where the last `lines` lines of a file of `size` bytes start; an unfinished line at the end counts as one. */
export async function tailStart(file: FileHandle, size: number, lines: number): Promise<number> {
  if (lines === 0) return size;
  const block = Buffer.alloc(Math.min(blockBytes, size));
  let missing = lines;
  // The end of the last line is no start of another.
  let end = size - 1;
  while (end > 0) {
    const start = Math.max(0, end - blockBytes);
    const { bytesRead } = await file.read(block, 0, end - start, start);
    for (let at = bytesRead; (at = block.lastIndexOf(newline, at - 1)) >= 0;) {
      missing--;
      if (missing === 0) return start + at + 1;
      if (at === 0) break;
    }
    end = start;
  }
  return 0;
}
