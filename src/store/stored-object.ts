import type { KubeObject } from '../api/object.ts';
import type { StoredObject } from './store.ts';

/**
 * Keeps the parsed form of some of the objects that were looked at, and lets go of the others'. Who has to go is left
 * to chance: were it the oldest, one list of more objects than there is room for would leave nothing of use.
 */
export class ParsedCache {
  readonly #kept: EncodedObject[] = [];
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  remember(object: EncodedObject): void {
    const slot = this.#kept.length < this.#limit ? this.#kept.length : Math.floor(Math.random() * this.#limit);
    this.#kept[slot]?.dropParsed();
    this.#kept[slot] = object;
  }
}

/** An object as JSON text, parsed on demand. */
export class EncodedObject implements StoredObject {
  readonly key: string;
  readonly revision: number;
  readonly json: Buffer;
  readonly #cache: ParsedCache;
  #parsed: KubeObject | undefined;

  constructor(key: string, revision: number, json: Buffer, cache: ParsedCache) {
    this.key = key;
    this.revision = revision;
    this.json = json;
    this.#cache = cache;
  }

  get object(): KubeObject {
    if (this.#parsed === undefined) {
      this.#parsed = deepFreeze(JSON.parse(this.json.toString('utf8')) as KubeObject);
      this.#cache.remember(this);
    }
    return this.#parsed;
  }

  dropParsed(): void {
    this.#parsed = undefined;
  }
}

/** The version of `object` that `revision` writes: its JSON text with that resourceVersion. */
export function encode(key: string, object: KubeObject, revision: number, cache: ParsedCache): EncodedObject {
  const metadata = { ...object.metadata, resourceVersion: String(revision) };
  const text = JSON.stringify({ ...object, metadata });
  // Not from the shared pool: one long-lived object would keep its whole slab.
  const json = Buffer.allocUnsafeSlow(Buffer.byteLength(text));
  json.write(text);
  return new EncodedObject(key, revision, json, cache);
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const child of Object.values(value)) deepFreeze(child);
    Object.freeze(value);
  }
  return value;
}
