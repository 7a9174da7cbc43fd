import type { HistoryLimits } from './history.ts';
import { History } from './history.ts';
import { prefixEnd, SortedMap } from './sorted-map.ts';
import type { ListOptions, ListResult, StoredObject, StoreEvent, Watch } from './store.ts';
import { StoreError } from './store.ts';
import { Watchers } from './watchers.ts';

/** What a driver found on disk when it opened. */
export interface InitialState {
  readonly revision: number;
  readonly compactedRevision: number;
  /** The newest version of each object that exists. */
  readonly objects: Iterable<StoredObject>;
  /** The events after `compactedRevision`, oldest first. */
  readonly events: readonly StoreEvent[];
}

export interface MemoryStateOptions {
  readonly limits: HistoryLimits;
  /** Hears of the events that history lets go, oldest first: what they replaced need not be stored any longer. */
  readonly dropped: (events: readonly StoreEvent[]) => void;
  readonly listenerFailed: (error: unknown) => void;
}

/**
 * The part that drivers share: what is committed, in memory, at the newest revision and, by taking back the events
 * of history, at older ones. Only `apply` changes it.
 */
export class MemoryState {
  readonly #objects = new SortedMap<StoredObject>();
  readonly #history: History;
  readonly #watchers: Watchers;
  readonly #dropped: (events: readonly StoreEvent[]) => void;
  #revision: number;
  #compactedRevision: number;

  constructor(initial: InitialState, options: MemoryStateOptions) {
    this.#history = new History(options.limits);
    this.#watchers = new Watchers(options.listenerFailed);
    this.#dropped = options.dropped;
    this.#revision = initial.revision;
    this.#compactedRevision = initial.compactedRevision;
    this.#objects.fill(initial.objects);
    for (const event of initial.events) this.#history.push(event);
    this.#trim(this.#history.trim());
  }

  get revision(): number {
    return this.#revision;
  }

  get compactedRevision(): number {
    return this.#compactedRevision;
  }

  get(key: string, revision = this.#revision): StoredObject | undefined {
    this.#check(revision);
    // The first event after that revision says what was there before it.
    if (revision < this.#revision) {
      for (const event of this.#history.after(revision)) if (event.key === key) return event.previous;
    }
    return this.#objects.get(key);
  }

  list(prefix: string, options: ListOptions = {}): ListResult {
    const { revision = this.#revision, limit = Infinity, startAfter } = options;
    this.#check(revision);
    // No key lies between one and the same followed by the smallest character.
    const from = startAfter === undefined || startAfter < prefix ? prefix : `${startAfter}\u0000`;
    const to = prefixEnd(prefix);
    const [objects, total] =
      revision === this.#revision
        ? [this.#objects.range(from, to), this.#countRange(from, to)]
        : this.#rangeAt(revision, from, to);
    const items: StoredObject[] = [];
    if (limit > 0) {
      for (const object of objects) {
        items.push(object);
        if (items.length >= limit) break;
      }
    }
    return { items, revision, remaining: total - items.length };
  }

  count(prefix: string): number {
    return this.#countRange(prefix, prefixEnd(prefix));
  }

  watch(prefix: string, revision: number, listener: (event: StoreEvent) => void): Watch {
    this.#check(revision);
    return this.#watchers.add(prefix, revision, this.#history.after(revision), listener);
  }

  onCommit(listener: (revision: number) => void): Watch {
    return this.#watchers.addCommitListener(listener);
  }

  /** Takes over one commit, in the order of its revisions, and tells the watches. */
  apply(events: readonly StoreEvent[]): void {
    for (const event of events) {
      if (event.type === 'put') this.#objects.set(event.current);
      else this.#objects.delete(event.key);
      this.#history.push(event);
      this.#revision = event.revision;
    }
    // After all of the commit, so that a listener that reads sees what the last one will.
    for (const event of events) this.#watchers.dispatch(event);
    this.#trim(this.#history.trim());
    this.#watchers.committed(this.#revision);
  }

  /** Forgets what was before `revision`. */
  compact(revision: number): void {
    if (revision > this.#revision) this.#check(revision);
    if (revision <= this.#compactedRevision) return;
    this.#trim(this.#history.dropTo(revision));
    this.#compactedRevision = revision;
  }

  #trim(dropped: readonly StoreEvent[]): void {
    const last = dropped.at(-1);
    if (last === undefined) return;
    this.#compactedRevision = last.revision;
    this.#dropped(dropped);
  }

  #check(revision: number): void {
    if (revision < this.#compactedRevision) {
      const message = `revision ${revision} has been compacted; the oldest kept is ${this.#compactedRevision}`;
      throw new StoreError('compacted', message);
    }
    if (revision > this.#revision) {
      throw new StoreError('future', `revision ${revision} has not been written yet; the newest is ${this.#revision}`);
    }
  }

  #countRange(from: string, to: string | undefined): number {
    const end = to === undefined ? this.#objects.size : this.#objects.rank(to);
    return Math.max(end - this.#objects.rank(from), 0);
  }

  /** A range as it was at `revision`, and how many objects it had. */
  #rangeAt(revision: number, from: string, to: string | undefined): [Iterable<StoredObject>, number] {
    const before = new Map<string, StoredObject | undefined>();
    for (const { key, previous } of this.#history.backTo(revision)) {
      // Going back in time, the last word on a key is what its first event replaced.
      if (key >= from && (to === undefined || key < to)) before.set(key, previous);
    }
    let total = this.#countRange(from, to);
    const restored: StoredObject[] = [];
    for (const [key, object] of before) {
      if (this.#objects.get(key) !== undefined) total -= 1;
      if (object === undefined) continue;
      total += 1;
      restored.push(object);
    }
    restored.sort((a, b) => (a.key < b.key ? -1 : 1));
    return [merged(this.#objects.range(from, to), before, restored), total];
  }
}

/** `present` without the keys of `changed`, together with `restored`, both sorted. */
function* merged(
  present: Iterable<StoredObject>,
  changed: ReadonlyMap<string, unknown>,
  restored: readonly StoredObject[],
): Generator<StoredObject> {
  let next = 0;
  for (const object of present) {
    for (let other = restored[next]; other !== undefined && other.key < object.key; other = restored[next]) {
      yield other;
      next += 1;
    }
    if (!changed.has(object.key)) yield object;
  }
  yield* restored.slice(next);
}
