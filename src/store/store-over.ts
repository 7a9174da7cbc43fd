import type { CommitQueue } from './commit-queue.ts';
import type { MemoryState } from './memory-state.ts';
import type { Store } from './store.ts';

/** What a driver adds to the state that it holds in memory and the queue of its writes. */
export interface StoreParts {
  readonly state: MemoryState;
  readonly queue: CommitQueue;
  readonly compact: Store['compact'];
  readonly close: Store['close'];
}

/** A store that reads from memory and writes through a queue, as every driver's does. */
export function storeOver({ state, queue, compact, close }: StoreParts): Store {
  return {
    get revision() {
      return state.revision;
    },
    get compactedRevision() {
      return state.compactedRevision;
    },
    get: async (key, { revision } = {}) => state.get(key, revision),
    list: async (prefix, options) => state.list(prefix, options),
    count: (prefix) => state.count(prefix),
    create: (key, object) => queue.create(key, object),
    update: (key, object, expectedRevision) => queue.update(key, object, expectedRevision),
    delete: (key, expectedRevision) => queue.delete(key, expectedRevision),
    watch: (prefix, revision, listener) => state.watch(prefix, revision, listener),
    onCommit: (listener) => state.onCommit(listener),
    compact,
    close,
  };
}
