import { spawn } from 'node:child_process';

export interface ExecOptions {
  /** The command is killed after this time; 10 s when left out. */
  readonly timeoutMs?: number;
  /** The whole environment of the command; this process's own when left out. */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Written to the command's stdin, which is empty otherwise. */
  readonly input?: string | Uint8Array;
  /** The command is killed when this is aborted. */
  readonly signal?: AbortSignal;
  /** Output beyond this fails the command; 64 MiB when left out. */
  readonly maxOutputBytes?: number;
  /** Exit codes that are an answer rather than a failure; only 0 when left out. */
  readonly acceptExitCodes?: readonly number[];
}

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export type ExecErrorCode =
  | 'EXEC_NOT_FOUND'
  | 'EXEC_NOT_STARTED'
  | 'EXEC_FAILED'
  | 'EXEC_TIMED_OUT'
  | 'EXEC_ABORTED'
  | 'EXEC_TOO_MUCH_OUTPUT';

interface Failure {
  readonly exitCode?: number | undefined;
  readonly signal?: NodeJS.Signals | undefined;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly cause?: unknown;
}

/** A command that did not do what it was asked to; the message names the command and what it said. */
export class ExecError extends Error {
  readonly code: ExecErrorCode;
  readonly argv: readonly string[];
  readonly exitCode: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  readonly stdout: string;
  readonly stderr: string;

  constructor(code: ExecErrorCode, argv: readonly string[], what: string, failure: Failure = {}) {
    const { stdout = '', stderr = '' } = failure;
    const said = (stderr.trim() || stdout.trim()).slice(0, 2000);
    super(`${commandLine(argv)}: ${what}${said === '' ? '' : `: ${said}`}`, { cause: failure.cause });
    this.name = 'ExecError';
    this.code = code;
    this.argv = argv;
    this.exitCode = failure.exitCode;
    this.signal = failure.signal;
    this.stdout = stdout;
    this.stderr = stderr;
  }
}

/** The command as a person would type it, for messages and logs. */
export function commandLine(argv: readonly string[]): string {
  const text = argv.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`));
  return text.join(' ');
}

/** Runs a command, without a shell, to its end. Throws ExecError unless it ends with an accepted exit code. */
export async function exec(argv: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
  const { stdout, stderr, exitCode } = await execBytes(argv, options);
  return { stdout: stdout.toString('utf8'), stderr, exitCode };
}

export interface ExecBytesResult {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** As `exec`, with the output as bytes. */
export function execBytes(argv: readonly string[], options: ExecOptions = {}): Promise<ExecBytesResult> {
  const [file, ...rest] = argv;
  if (file === undefined) throw new TypeError('exec: empty command');
  const { promise, resolve, reject } = Promise.withResolvers<ExecBytesResult>();
  if (options.signal?.aborted === true) {
    reject(new ExecError('EXEC_ABORTED', argv, 'aborted before it was started'));
    return promise;
  }
  const child = spawn(file, rest, {
    cwd: options.cwd,
    env: options.env,
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  const output = new Capture(options.maxOutputBytes ?? 64 << 20);
  let stopped: { code: ExecErrorCode; what: string } | undefined;
  const stop = (code: ExecErrorCode, what: string): void => {
    stopped ??= { code, what };
    child.kill('SIGKILL');
  };
  const timeoutMs = options.timeoutMs ?? 10_000;
  const timer = setTimeout(() => stop('EXEC_TIMED_OUT', `not finished after ${timeoutMs} ms`), timeoutMs);
  const abort = (): void => stop('EXEC_ABORTED', 'aborted');
  options.signal?.addEventListener('abort', abort, { once: true });
  const tooMuch = (): void => stop('EXEC_TOO_MUCH_OUTPUT', 'printed too much');
  child.stdout?.on('data', (chunk: Buffer) => output.add(output.stdout, chunk) || tooMuch());
  child.stderr?.on('data', (chunk: Buffer) => output.add(output.stderr, chunk) || tooMuch());
  // A command that ends without reading its input is judged by its exit code, not by the broken pipe.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(options.input);
  const release = (): void => {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', abort);
  };
  child.once('error', (cause: NodeJS.ErrnoException) => {
    if (child.pid !== undefined) return; // a failed kill; `close` follows
    release();
    const missing = cause.code === 'ENOENT';
    const what = missing ? 'command not found' : `cannot be started (${cause.message})`;
    reject(new ExecError(missing ? 'EXEC_NOT_FOUND' : 'EXEC_NOT_STARTED', argv, what, { cause }));
  });
  child.once('close', (exitCode, signal) => {
    release();
    const failure = { exitCode: exitCode ?? undefined, signal: signal ?? undefined, ...output.text() };
    if (stopped !== undefined) reject(new ExecError(stopped.code, argv, stopped.what, failure));
    else if (exitCode !== null && (options.acceptExitCodes ?? [0]).includes(exitCode)) {
      resolve({ exitCode, stdout: Buffer.concat(output.stdout), stderr: failure.stderr });
    } else {
      const what = exitCode === null ? `killed by ${signal}` : `exit code ${exitCode}`;
      reject(new ExecError('EXEC_FAILED', argv, what, failure));
    }
  });
  return promise;
}

class Capture {
  readonly stdout: Buffer[] = [];
  readonly stderr: Buffer[] = [];
  #left: number;

  constructor(limit: number) {
    this.#left = limit;
  }

  add(list: Buffer[], chunk: Buffer): boolean {
    this.#left -= chunk.length;
    if (this.#left < 0) return false;
    list.push(chunk);
    return true;
  }

  text(): { stdout: string; stderr: string } {
    return { stdout: Buffer.concat(this.stdout).toString('utf8'), stderr: Buffer.concat(this.stderr).toString('utf8') };
  }
}
