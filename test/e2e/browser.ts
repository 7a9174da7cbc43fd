import type { ChildProcess } from 'node:child_process';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

/** Why no browser can be driven here; undefined where one can. */
export function whyNoBrowser(): string | undefined {
  try {
    execFileSync('sh', ['-c', 'command -v chromium'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'needs chromium, which test/run installs where Debian has it';
  }
}

export interface BrowserOptions {
  /** A name that leads to 127.0.0.1; no other leads anywhere, so that the browser speaks to nobody else. */
  readonly host: string;
  /** The SHA-256 of the one public key whose certificate is accepted without an authority behind it, in base64. */
  readonly trustedKey: string;
}

interface Answer {
  readonly id?: number;
  readonly error?: { readonly message: string };
  readonly result?: Readonly<Record<string, unknown>>;
}

/** A headless chromium, spoken to over its DevTools pipe: https://chromedevtools.github.io/devtools-protocol/ */
export class Browser {
  readonly #profile = mkdtempSync(join(tmpdir(), 'cox-browser-'));
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #unread = '';
  #count = 0;

  constructor({ host, trustedKey }: BrowserOptions) {
    this.#child = spawn(
      'chromium',
      [
        '--headless',
        // Its sandbox is not for root.
        '--no-sandbox',
        '--disable-gpu',
        '--disable-dev-shm-usage',
        '--disable-background-networking',
        '--disable-component-update',
        '--no-first-run',
        '--no-proxy-server',
        `--user-data-dir=${this.#profile}`,
        `--host-resolver-rules=MAP ${host} 127.0.0.1, MAP * ~NOTFOUND`,
        `--ignore-certificate-errors-spki-list=${trustedKey}`,
        '--remote-debugging-pipe',
        'about:blank',
      ],
      // A group of its own, so that all of its processes can be ended at once.
      { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'], detached: true },
    );
    this.#ended = once(this.#child, 'exit');
    const output = this.#child.stdio[4] as Readable;
    output.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    for (const stream of [output, this.#input]) stream.on('error', () => undefined);
    void this.#ended.then(() => {
      for (const resolve of this.#waiting.values()) resolve({ error: { message: 'chromium has ended' } });
    });
  }

  /** Opens a page and waits for what an expression in it comes to, promises included. Throws where either fails. */
  async evaluate(url: string, expression: string): Promise<unknown> {
    const { targetId } = await this.#send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.#send('Target.attachToTarget', { targetId, flatten: true });
    const { errorText } = await this.#send('Page.navigate', { url }, sessionId);
    if (errorText !== undefined) throw new Error(`chromium cannot open ${url}: ${JSON.stringify(errorText)}`);
    const asked = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await this.#send('Runtime.evaluate', asked, sessionId);
    if (exceptionDetails !== undefined) throw new Error(`in the page: ${JSON.stringify(exceptionDetails)}`);
    return (result as { readonly value?: unknown }).value;
  }

  async close(): Promise<void> {
    const { pid } = this.#child;
    if (pid !== undefined && this.#child.exitCode === null) process.kill(-pid, 'SIGKILL');
    await this.#ended;
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 20 });
  }

  get #input(): Writable {
    return this.#child.stdio[3] as Writable;
  }

  async #send(method: string, params: object, sessionId?: unknown): Promise<Readonly<Record<string, unknown>>> {
    this.#count += 1;
    const id = this.#count;
    const answered = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve));
    this.#input.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    const { error, result = {} } = await answered;
    this.#waiting.delete(id);
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  /** Messages end with a zero byte. */
  #read(text: string): void {
    const messages = (this.#unread + text).split('\0');
    this.#unread = messages.pop() ?? '';
    for (const message of messages) {
      const answer = JSON.parse(message) as Answer;
      if (answer.id !== undefined) this.#waiting.get(answer.id)?.(answer);
    }
  }
}
