import type { LogOptions } from './options.ts';
import { parseLogLine, timeOf } from './line.ts';

const newline = 0x0a;

/** A timestamp with nine digits behind its seconds, so that columns line up: runtimes leave out trailing zeros. */
function fixedWidth(timestamp: string): string {
  return timestamp.replace(
    /^([^.Z+]*T[^.Z+-]*)(?:\.(\d+))?/,
    (_, seconds: string, fraction = '') => `${seconds}.${String(fraction).padEnd(9, '0')}`,
  );
}

/** Turns a log file's lines into what the caller asked to see of them. */
export class LogWriter {
  readonly #options: LogOptions;
  #left: number;
  #startsLine = true;
  #isRecent: boolean;

  constructor(options: LogOptions) {
    this.#options = options;
    this.#left = options.limitBytes ?? Number.POSITIVE_INFINITY;
    this.#isRecent = options.since === undefined;
  }

  /** True when as many bytes have gone out as were asked for. */
  get isFull(): boolean {
    return this.#left <= 0;
  }

  /** What to show for whole lines of the file, ends of lines included; lines of another form are left out. */
  render(lines: readonly Buffer[]): Buffer {
    const parts: Buffer[] = [];
    for (const line of lines) {
      if (this.#left <= 0) break;
      this.#renderLine(line, parts);
    }
    return Buffer.concat(parts);
  }

  #renderLine(line: Buffer, parts: Buffer[]): void {
    const parsed = parseLogLine(line);
    if (parsed === undefined) return;
    const { since = 0, timestamps } = this.#options;
    // A log is in the order of its times: behind the first line that is recent enough nothing need be compared.
    if (!this.#isRecent) {
      if (!(timeOf(parsed.timestamp) >= since)) return;
      this.#isRecent = true;
    }
    if (timestamps && this.#startsLine) this.#put(Buffer.from(`${fixedWidth(parsed.timestamp)} `, 'latin1'), parts);
    this.#startsLine = parsed.content.length === 0 || parsed.content.at(-1) === newline;
    this.#put(parsed.content, parts);
  }

  #put(bytes: Buffer, parts: Buffer[]): void {
    const shown = bytes.length > this.#left ? bytes.subarray(0, this.#left) : bytes;
    this.#left -= shown.length;
    parts.push(shown);
  }
}
