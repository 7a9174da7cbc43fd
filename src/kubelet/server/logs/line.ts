/** One line of a CRI log file; `content` ends with the line's own end, which a partial line does not have. */
export interface LogLine {
  readonly timestamp: string;
  readonly stream: 'stdout' | 'stderr';
  readonly content: Buffer;
}

const space = 0x20;
const newline = 0x0a;

/**
 * Reads `TIMESTAMP STREAM TAGS CONTENT`, its end of line included; undefined for a line of another form. The first of
 * the tags, which colons part, is P for a piece of a longer line and F for the rest.
 */
export function parseLogLine(line: Buffer): LogLine | undefined {
  const first = line.indexOf(space);
  const second = first < 0 ? -1 : line.indexOf(space, first + 1);
  if (second < 0) return undefined;
  let third = line.indexOf(space, second + 1);
  if (third < 0) {
    // An empty line may come without the space behind its tag.
    third = line.at(-1) === newline ? line.length - 1 : line.length;
  }
  const stream = line.toString('latin1', first + 1, second);
  if (stream !== 'stdout' && stream !== 'stderr') return undefined;
  const tag = line.toString('latin1', second + 1, third).split(':', 1)[0];
  if (tag !== 'P' && tag !== 'F') return undefined;
  const isEnd = line.at(-1) === newline;
  const from = Math.min(third + 1, line.length);
  const content =
    line[third] === newline
      ? line.subarray(third)
      : line.subarray(from, tag === 'P' && isEnd ? line.length - 1 : line.length);
  return { timestamp: line.toString('latin1', 0, first), stream, content };
}

/** Milliseconds since 1970 of a log timestamp, its fraction included; NaN when it is none. */
export function timeOf(timestamp: string): number {
  return Date.parse(timestamp);
}
