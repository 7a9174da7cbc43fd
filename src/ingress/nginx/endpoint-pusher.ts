import { writeFileAtomic } from '../../system/files.ts';
import type { Logger } from '../../system/logger.ts';
import { EndpointTable } from '../endpoint-table.ts';
import { ControlClient } from './control-client.ts';
import { nginxFiles } from './settings.ts';

export interface EndpointPusherOptions {
  readonly directory: string;
  readonly logger: Logger;
  readonly pushed?: (seconds: number) => void;
}

const retryMs = { first: 20, most: 2000 };

/**
 * Tells nginx about endpoints, and writes them to a file first, from which an nginx that starts anew takes them.
 * States: idle → (`push`) telling → idle; or waiting, where nginx did not answer, then telling everything.
 */
export class EndpointPusher {
  readonly table = new EndpointTable();
  readonly #options: EndpointPusherOptions;
  readonly #control: ControlClient;
  readonly #file: string;
  readonly #closed = new AbortController();
  /** Ends the pause before the next attempt. */
  #wake: () => void = () => undefined;
  #running: Promise<void> | undefined;
  #attempted = Promise.withResolvers<void>();
  /** nginx may know anything: the first telling, and the one after a failure, are full. */
  #full = true;
  #requested = false;

  constructor(options: EndpointPusherOptions) {
    const files = nginxFiles(options.directory);
    this.#options = options;
    this.#control = new ControlClient(files.controlSocket);
    this.#file = files.endpoints;
  }

  /** Tells what has changed in `table`. Resolves after the next attempt, whether nginx answered or does not run. */
  push(): Promise<void> {
    if (this.#closed.signal.aborted || !(this.#full || this.table.hasChanges)) return Promise.resolve();
    this.#requested = true;
    // An nginx that starts during the pause must find a file that is up to date.
    this.#wake();
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#attempted.promise;
  }

  async close(): Promise<void> {
    this.#closed.abort();
    this.#wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closed;
    let failures = 0;
    while (this.#requested && !signal.aborted) {
      this.#requested = false;
      const attempted = this.#attempted;
      this.#attempted = Promise.withResolvers<void>();
      const error = await this.#attempt();
      attempted.resolve();
      if (error === undefined) {
        failures = 0;
        continue;
      }
      failures += 1;
      const retryInMs = Math.min(retryMs.most, retryMs.first * 2 ** (failures - 1));
      // An nginx that is restarting is back before this; longer silence is worth a word.
      if (failures === 6)
        this.#options.logger.warn({ err: error, retryInMs }, 'cannot tell nginx about endpoints; trying again');
      this.#requested = true;
      await this.#pause(retryInMs);
    }
    this.#attempted.resolve();
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds).unref();
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #attempt(): Promise<unknown> {
    const start = performance.now();
    const changes = this.table.takeChanges();
    const full = this.#full;
    const text = this.table.format();
    this.#full = true;
    try {
      await writeFileAtomic(this.#file, text);
      await this.#control.tellEndpoints(full ? text : changes, full);
    } catch (error) {
      return error;
    }
    this.#full = false;
    this.#options.pushed?.((performance.now() - start) / 1000);
    return undefined;
  }
}
