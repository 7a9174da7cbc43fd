import type { WriteStream } from 'node:tty';

/** Shows the steps of a long command, each with its time. */
export interface Progress {
  /** Runs one step; on failure the step is marked and the error goes on. */
  step<T>(title: string, run: (note: (text: string) => void) => Promise<T>): Promise<T>;
  /** A line between steps. */
  say(text: string): void;
}

const colours = { green: '\u001b[32m', red: '\u001b[31m', dim: '\u001b[2m', reset: '\u001b[0m' } as const;

/** Text in a colour where `stream` is a terminal that wants it (https://no-color.org), plain otherwise. */
export function paint(stream: Pick<WriteStream, 'isTTY'>, colour: keyof typeof colours, text: string): string {
  const wanted = stream.isTTY && process.env['NO_COLOR'] === undefined && process.env['TERM'] !== 'dumb';
  return wanted ? `${colours[colour]}${text}${colours.reset}` : text;
}

export function formatDuration(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

/** Progress on `stream`: on a terminal the running step is redrawn with its time, elsewhere each step is one line when it is done. */
export function createProgress(stream: WriteStream): Progress {
  return {
    say: (text) => void stream.write(`${text}\n`),
    async step(title, run) {
      const started = performance.now();
      let note = '';
      const draw = (): void => {
        const time = formatDuration(performance.now() - started);
        stream.write(`\r\u001b[K  ${title}${note === '' ? '' : `: ${note}`} ${paint(stream, 'dim', time)}`);
      };
      const timer = stream.isTTY ? setInterval(draw, 100) : undefined;
      if (stream.isTTY) draw();
      const finish = (mark: string): void => {
        clearInterval(timer);
        const time = paint(stream, 'dim', formatDuration(performance.now() - started));
        stream.write(`${stream.isTTY ? '\r\u001b[K' : ''}${mark} ${title} ${time}\n`);
      };
      try {
        const result = await run((text) => {
          note = text;
        });
        finish(paint(stream, 'green', '✓'));
        return result;
      } catch (error) {
        finish(paint(stream, 'red', '✗'));
        throw error;
      }
    },
  };
}
