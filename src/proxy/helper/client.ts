import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { HelperAnswer, HelperRequest } from './messages.ts';

const program = join(import.meta.dirname, 'helper.ts');

type Wanted<T> = T extends HelperRequest ? Omit<T, 'id'> : never;

/** The helper process; when it ends, what was asked of it fails, and the next question starts another. */
export class HelperClient {
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown> & { readonly child: ChildProcess }>();
  #child: ChildProcess | undefined;
  #lastId = 0;
  #starts = 0;
  #closed = false;

  /** Which process it is, counted from 1: a new one knows nothing of what the last was told. Zero while none runs. */
  get running(): number {
    return this.#child === undefined ? 0 : this.#starts;
  }

  /** Asks the helper; rejects with the kernel's words, or with how the helper ended. */
  ask(request: Wanted<HelperRequest>): Promise<unknown> {
    if (this.#closed) return Promise.reject(new Error('the helper is closed'));
    const child = this.#start();
    this.#lastId += 1;
    const id = this.#lastId;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(id, { ...waiting, child });
    child.send({ ...request, id }, (error) => {
      if (error === null) return;
      // It is ending: its end may be told later than this.
      if (this.#child === child) this.#child = undefined;
      this.#settle({ id, error: `the helper is not in reach: ${error.message}` });
    });
    return waiting.promise;
  }

  close(): void {
    this.#closed = true;
    this.#child?.disconnect();
    this.#child = undefined;
  }

  #start(): ChildProcess {
    if (this.#child !== undefined) return this.#child;
    const argv = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=2', program];
    const child = spawn(process.execPath, argv, {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'advanced',
      env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] },
    });
    this.#child = child;
    this.#starts += 1;
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      said = `${said}${chunk.toString()}`.slice(-2000);
    });
    child.on('message', (answer) => this.#settle(answer as HelperAnswer));
    const ended = (how: string): void => {
      if (this.#child === child) this.#child = undefined;
      const [reason = ''] = said.split('\n').filter((line) => /Error|error/.test(line));
      const error = `the helper ${how}${reason === '' ? '' : `: ${reason.trim()}`}`;
      // What another one, started meanwhile, was asked is still under way.
      for (const [id, waiting] of this.#waiting) if (waiting.child === child) this.#settle({ id, error });
    };
    child.on('error', (error) => ended(`cannot be started: ${error.message}`));
    child.on('close', (code, signal) => ended(`ended (${signal ?? code})`));
    return child;
  }

  #settle({ id, error, result }: HelperAnswer): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(new Error(error));
  }
}
