import { CommitQueue } from '../commit-queue.ts';
import { defaultHistoryLimits } from '../history.ts';
import { MemoryState } from '../memory-state.ts';
import { ParsedCache } from '../stored-object.ts';
import { storeOver } from '../store-over.ts';
import type { Store } from '../store.ts';
import { StoreError } from '../store.ts';

export interface MemoryStoreOptions {
  /** Hears of the errors of watches; without it they end the process, so that a test fails. */
  readonly listenerFailed?: (error: unknown) => void;
}

/** Not from where it was caught: the commit under way must still reach the other watches. */
function throwLater(error: unknown): void {
  setImmediate(() => {
    throw error;
  });
}

/** A store that forgets everything with its process: for tests of what stands on a store. */
export function createMemoryStore({ listenerFailed = throwLater }: MemoryStoreOptions = {}): Store {
  const state = new MemoryState(
    { revision: 1, compactedRevision: 1, objects: [], events: [] },
    { limits: defaultHistoryLimits, dropped: () => {}, listenerFailed },
  );
  const queue = new CommitQueue(state, () => Promise.resolve(), new ParsedCache());
  return storeOver({
    state,
    queue,
    compact: async (revision) => state.compact(revision),
    close: async () => {
      queue.close(new StoreError('closed', 'the store is closed'));
      await queue.drain();
    },
  });
}
