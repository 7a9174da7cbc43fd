import type { KubeObject } from '../api/object.ts';
import type { StoredObject } from './store.ts';

/** Bytes that a parsed object costs, however small its text. */
const overheadBytes = 1024;
const costOf = (object: EncodedObject): number => object.size + overheadBytes;

/** Enough for the parsed forms of ten thousand pods. */
export const defaultParsedBytes = 48 << 20;

/**
 * Keeps the parsed form of some of the objects that were looked at, and lets go of the others'. Who has to go is left
 * to chance: were it the oldest, one list of more objects than there is room for would leave nothing of use.
 */
export class ParsedCache {
  readonly #kept: EncodedObject[] = [];
  readonly #limit: number;
  #bytes = 0;

  /** `limit` counts the bytes of the objects' texts, and some for each object. */
  constructor(limit: number = defaultParsedBytes) {
    this.#limit = limit;
  }

  get length(): number {
    return this.#kept.length;
  }

  remember(object: EncodedObject): void {
    this.#bytes += costOf(object);
    // Before it is among those that can be drawn: it is the one that is in use.
    while (this.#bytes > this.#limit && this.#kept.length > 0) this.#forgetOne();
    this.#kept.push(object);
  }

  #forgetOne(): void {
    const slot = Math.floor(Math.random() * this.#kept.length);
    const gone = this.#kept[slot];
    const last = this.#kept.pop();
    if (gone === undefined || last === undefined) return;
    if (gone !== last) this.#kept[slot] = last;
    this.#bytes -= costOf(gone);
    gone.dropParsed();
  }
}

/**
 * An object as JSON text, parsed on demand. Of the text it keeps where it lies in memory: a Buffer for each would be two
 * more objects for the garbage collector to go round.
 */
export class EncodedObject implements StoredObject {
  readonly key: string;
  readonly revision: number;
  /** Of its text, in bytes. */
  readonly size: number;
  readonly #memory: ArrayBufferLike;
  readonly #offset: number;
  readonly #cache: ParsedCache;
  #parsed: KubeObject | undefined;

  constructor(key: string, revision: number, json: Uint8Array, cache: ParsedCache) {
    this.key = key;
    this.revision = revision;
    this.size = json.length;
    this.#memory = json.buffer;
    this.#offset = json.byteOffset;
    this.#cache = cache;
  }

  get json(): Buffer {
    return Buffer.from(this.#memory, this.#offset, this.size);
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
