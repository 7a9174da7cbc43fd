import { HttpError } from '../http-error.ts';

/** Which streams a request wants, under the names that the kubelet's URLs have for them. */
export interface StreamOptions {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

/** Reads `input`, `output`, `error` and `tty`, each `1` when wanted; throws HttpError 400 when no stream is. */
export function streamOptions(query: URLSearchParams): StreamOptions {
  const wants = (name: string): boolean => ['1', 'true'].includes(query.get(name) ?? '');
  const tty = wants('tty');
  // A terminal has one output: what is written to stderr comes on stdout.
  const options = { stdin: wants('input'), stdout: wants('output'), stderr: wants('error') && !tty, tty };
  if (!options.stdin && !options.stdout && !options.stderr) {
    throw new HttpError(400, 'you must specify at least 1 of stdin, stdout, stderr');
  }
  return options;
}
