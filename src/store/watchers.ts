import type { StoreEvent, Watch } from './store.ts';

type Listener = (event: StoreEvent) => void;

interface Watcher {
  readonly listener: Listener;
  /** The newest revision that it has had. */
  seen: number;
}

/** Who wants to hear of which keys. Listeners' errors go to `failed`: they must not keep events from the others. */
export class Watchers {
  readonly #byPrefix = new Map<string, Set<Watcher>>();
  readonly #commitListeners = new Set<(revision: number) => void>();
  readonly #failed: (error: unknown) => void;

  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  /** Adds a watch that has had everything up to `revision`, after it was given `backlog`. */
  add(prefix: string, revision: number, backlog: Iterable<StoreEvent>, listener: Listener): Watch {
    const watcher: Watcher = { listener, seen: revision };
    let set = this.#byPrefix.get(prefix);
    if (set === undefined) this.#byPrefix.set(prefix, (set = new Set()));
    for (const event of backlog) if (event.key.startsWith(prefix)) this.#deliver(watcher, event);
    set.add(watcher);
    const watchers = set;
    return {
      stop: () => {
        watchers.delete(watcher);
        if (watchers.size === 0 && this.#byPrefix.get(prefix) === watchers) this.#byPrefix.delete(prefix);
      },
    };
  }

  addCommitListener(listener: (revision: number) => void): Watch {
    // A wrapper of its own, so that a listener given twice is called twice and stopped once.
    const own = (revision: number): void => listener(revision);
    this.#commitListeners.add(own);
    return { stop: () => void this.#commitListeners.delete(own) };
  }

  dispatch(event: StoreEvent): void {
    // There are few different prefixes, however many watches.
    for (const [prefix, watchers] of this.#byPrefix) {
      if (!event.key.startsWith(prefix)) continue;
      for (const watcher of watchers) this.#deliver(watcher, event);
    }
  }

  committed(revision: number): void {
    for (const listener of this.#commitListeners) {
      try {
        listener(revision);
      } catch (error) {
        this.#failed(error);
      }
    }
  }

  #deliver(watcher: Watcher, event: StoreEvent): void {
    // A watch added by a listener, in the middle of a dispatch, had this event in its backlog.
    if (event.revision <= watcher.seen) return;
    watcher.seen = event.revision;
    try {
      watcher.listener(event);
    } catch (error) {
      this.#failed(error);
    }
  }
}
