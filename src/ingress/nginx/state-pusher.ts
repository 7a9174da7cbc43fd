import { writeFileAtomic } from '../../system/files.ts';
import type { Logger } from '../../system/logger.ts';
import type { ControlClient } from './control-client.ts';
import { StateTable } from './state-table.ts';

export interface StatePusherOptions {
  readonly control: ControlClient;
  /** Where the state is kept for an nginx that starts anew; it holds keys. */
  readonly file: string;
  readonly logger: Logger;
  readonly pushed?: (seconds: number) => void;
}

const retryMs = { first: 20, most: 2000 };

/**
 * Tells nginx its state, and writes it to a file first, from which an nginx that starts anew takes it.
 * States: idle → (`push`) telling → idle; or waiting, where nginx did not answer, then telling everything.
 */
export class StatePusher {
  readonly table = new StateTable();
  readonly #options: StatePusherOptions;
  #closed = false;
  /** Ends the pause before the next attempt. */
  #wake: () => void = () => undefined;
  #running: Promise<void> | undefined;
  #attempt = Promise.withResolvers<boolean>();
  /** nginx may know anything: the first telling, and the one after a failure, are full. */
  #full = true;
  #requested = false;

  constructor(options: StatePusherOptions) {
    this.#options = options;
  }

  /** Tells what has changed in `table`. Resolves after the next attempt: false where nginx did not answer; it goes on. */
  push(): Promise<boolean> {
    if (this.#closed) return Promise.resolve(false);
    if (!this.#full && !this.table.hasChanges) return Promise.resolve(true);
    this.#requested = true;
    // Before the run begins, which takes this attempt and makes the next.
    const { promise } = this.#attempt;
    // An nginx that starts during the pause must find a file that is up to date.
    this.#wake();
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return promise;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#wake();
    await this.#running;
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (this.#requested && !this.#closed) {
      this.#requested = false;
      const attempt = this.#attempt;
      this.#attempt = Promise.withResolvers<boolean>();
      const error = await this.#tell();
      attempt.resolve(error === undefined);
      if (error === undefined) {
        failures = 0;
        continue;
      }
      failures += 1;
      const retryInMs = Math.min(retryMs.most, retryMs.first * 2 ** (failures - 1));
      // An nginx that is restarting is back before this; longer silence is worth a word.
      if (failures === 6) this.#options.logger.warn({ err: error, retryInMs }, 'cannot reach nginx; trying again');
      this.#requested = true;
      await this.#pause(retryInMs);
    }
    this.#attempt.resolve(false);
    this.#attempt = Promise.withResolvers<boolean>();
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

  async #tell(): Promise<unknown> {
    const start = performance.now();
    const changes = this.table.takeChanges();
    const full = this.#full;
    const text = this.table.format();
    this.#full = true;
    try {
      await writeFileAtomic(this.#options.file, text);
      await this.#options.control.tellState(full ? text : changes, full);
    } catch (error) {
      return error;
    }
    this.#full = false;
    this.#options.pushed?.((performance.now() - start) / 1000);
    return undefined;
  }
}
