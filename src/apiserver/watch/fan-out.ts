import type { Store, Watch } from '../../store/store.ts';
import type { Logger } from '../../system/logger.ts';
import { forgetLines } from './frames.ts';

/** A round over all watches that takes so long is followed by a pause, in which other requests are served … */
const longRoundMs = 1;
/** … and events gather, which cost little more together than one alone: so many times as long as the round, … */
const pauseFactor = 3;
/** … but never so long that a watcher would notice. */
const mostPauseMs = 25;

/**
 * Lets watches write what a commit has brought them: all events of a commit at once, and under load, when writing to
 * all of them takes long, those of several commits.
 */
export class FanOut {
  readonly #waiting = new Set<() => void>();
  readonly #commits: Watch;
  readonly #logger: Logger;
  #notBefore = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(store: Store, logger: Logger) {
    this.#logger = logger;
    this.#commits = store.onCommit(() => this.#committed());
  }

  /** Has `write` called once, soon after the commit under way. */
  add(write: () => void): void {
    this.#waiting.add(write);
  }

  /** Does not call `write` any more. */
  remove(write: () => void): void {
    this.#waiting.delete(write);
  }

  close(): void {
    this.#commits.stop();
    this.#waiting.clear();
    clearTimeout(this.#timer);
  }

  #committed(): void {
    if (this.#waiting.size === 0 || this.#timer !== undefined) return;
    const pause = this.#notBefore - performance.now();
    if (pause <= 0) this.#round();
    else this.#timer = setTimeout(() => this.#round(), pause);
  }

  #round(): void {
    this.#timer = undefined;
    const began = performance.now();
    // One that is added meanwhile waits for the next round: a set would go on with it at once.
    const all = [...this.#waiting];
    this.#waiting.clear();
    for (const write of all) {
      try {
        write();
      } catch (err) {
        this.#logger.error({ err }, 'A watch failed to write its events');
      }
    }
    forgetLines();
    const now = performance.now();
    const took = now - began;
    this.#notBefore = took < longRoundMs ? 0 : now + Math.min(took * pauseFactor, mostPauseMs);
  }
}
