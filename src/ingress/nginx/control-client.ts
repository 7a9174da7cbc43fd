import { request } from 'node:http';

/** nginx did not do what it was asked to over its control socket. */
export class ControlError extends Error {
  readonly code = 'NGINX_CONTROL';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ControlError';
  }
}

const timeoutMs = 5000;

/** Speaks with nginx over its control socket. Throws ControlError, as when nginx does not run. */
export class ControlClient {
  readonly #socketPath: string;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  /** Which configuration the process that answers is using. */
  generation(): Promise<string> {
    return this.#ask('GET', '/generation');
  }

  /** Tells state, in the format of `formatEntries`; `full` says that there is nothing else. */
  async tellState(text: string, full: boolean): Promise<void> {
    await this.#ask('POST', `/state?full=${full ? 1 : 0}`, text);
  }

  /** What is wrong with each expression; an empty text for a good one. */
  async checkPatterns(expressions: readonly string[]): Promise<readonly string[]> {
    const body = expressions.map((expression) => `${encodeURIComponent(expression)}\n`).join('');
    return (await this.#ask('POST', '/patterns', body)).split('\n');
  }

  #ask(method: string, path: string, body = ''): Promise<string> {
    return new Promise((resolve, reject) => {
      const fail = (error: Error): void => reject(new ControlError(`nginx: ${error.message}`, { cause: error }));
      const headers = { 'content-length': Buffer.byteLength(body) };
      // A connection kept would be to a process that the next reload ends.
      const options = {
        socketPath: this.#socketPath,
        method,
        path,
        headers,
        agent: false as const,
        timeout: timeoutMs,
      };
      const sent = request(options, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', fail);
        answer.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          const status = answer.statusCode ?? 0;
          if (status >= 200 && status < 300) resolve(text);
          else reject(new ControlError(`nginx answered ${status} to ${method} ${path}: ${text.trim().slice(0, 200)}`));
        });
      });
      sent.on('timeout', () => sent.destroy(new Error(`no answer within ${timeoutMs} ms`)));
      sent.on('error', fail);
      sent.end(body);
    });
  }
}
