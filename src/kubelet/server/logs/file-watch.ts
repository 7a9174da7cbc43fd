import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { basename, dirname } from 'node:path';

/** Where the kernel's notices get lost or are used up, changes are still seen after this long. */
const pollMs = 1000;

/** Waits for something to happen to a file, or to be told that it has. */
export class FileWatch implements Disposable {
  readonly #watcher: FSWatcher | undefined;
  #happened = false;
  #wake: (() => void) | undefined;

  constructor(path: string) {
    const name = basename(path);
    try {
      // The folder is watched, not the file: a rotation gives the name to another file.
      this.#watcher = watch(dirname(path), (_event, changed) => {
        if (changed === name || changed === null) this.poke();
      });
      this.#watcher.on('error', () => undefined);
    } catch {
      // The machine has no watch left: polling alone does.
      this.#watcher = undefined;
    }
  }

  /** Ends the present wait, or the next one at once. */
  poke(): void {
    this.#happened = true;
    this.#wake?.();
  }

  /** Resolves when the file has changed since the last call, or after a second at the latest. */
  async wait(): Promise<void> {
    if (!this.#happened) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, pollMs);
      this.#wake = resolve;
      await promise;
      clearTimeout(timer);
    }
    this.#happened = false;
  }

  [Symbol.dispose](): void {
    this.#watcher?.close();
  }
}
