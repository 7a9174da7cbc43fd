import type { Logger } from '../../system/logger.ts';
import type { IndexedObject } from '../records/cluster-index.ts';
import { writeSnapshot } from './snapshot-file.ts';

export interface SnapshotWriterOptions {
  readonly path: string;
  readonly objects: () => readonly IndexedObject[];
  readonly logger: Logger;
  /** How long changes are gathered before they are written. */
  readonly delayMs?: number;
}

/** Keeps the snapshot near the present: a while after a change it is written, once however many changes there were. */
export class SnapshotWriter {
  readonly #options: SnapshotWriterOptions;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #failing = false;

  constructor(options: SnapshotWriterOptions) {
    this.#options = options;
  }

  /** Something has changed. */
  changed(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => void this.flush(), this.#options.delayMs ?? 5000);
  }

  /** Writes what has changed and is not yet written. */
  async flush(): Promise<void> {
    await this.#writing;
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#write();
    await this.#writing;
    this.#writing = undefined;
  }

  async #write(): Promise<void> {
    const { path, objects, logger } = this.#options;
    try {
      await writeSnapshot(path, objects());
      this.#failing = false;
    } catch (err) {
      // DNS works without; only a restart while the API server is away would suffer.
      if (!this.#failing) logger.warn({ err, path }, 'cannot write the snapshot of the records');
      this.#failing = true;
    }
  }
}
