import { EncodedObject } from '../stored-object.ts';
import type { ParsedCache } from '../stored-object.ts';
import type { StoreEvent } from '../store.ts';
import type { Row } from './rows.ts';

/** Puts together from rows, in the order of their revisions, what there is now and how it came about. */
export class Loader {
  readonly #cache: ParsedCache;
  readonly #newest = new Map<string, EncodedObject>();
  readonly #events: StoreEvent[] = [];

  constructor(cache: ParsedCache) {
    this.#cache = cache;
  }

  /** Takes the next row. Its text stays where it is, in one piece of memory with others: one of them keeps all. */
  add({ revision, key, previous, deleted, json }: Row): void {
    const current = new EncodedObject(key, revision, json, this.#cache);
    const replaced = this.#newest.get(key);
    // A row that replaced nothing of what is here is older than history, or the first of its key.
    const known = replaced !== undefined && replaced.revision === previous ? replaced : undefined;
    this.#events.push({ type: deleted ? 'delete' : 'put', key, revision, current, previous: known });
    if (deleted) this.#newest.delete(key);
    else this.#newest.set(key, current);
  }

  objects(): Iterable<EncodedObject> {
    return this.#newest.values();
  }

  /** The events after a revision. */
  eventsAfter(revision: number): readonly StoreEvent[] {
    const first = this.#events.findIndex((event) => event.revision > revision);
    return first === -1 ? [] : this.#events.slice(first);
  }
}
