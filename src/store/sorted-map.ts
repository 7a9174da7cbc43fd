interface Keyed {
  readonly key: string;
}

/** Chunks of at most so many values: an insert moves no more than these. */
const chunkLimit = 512;

/**
 * Values in the order of their keys: a sorted list of sorted chunks. Insert, delete and rank touch one chunk and the
 * list of chunks; a range is read without looking at anything outside of it.
 */
export class SortedMap<V extends Keyed> {
  #chunks: V[][] = [];
  /** The same values once more: most look-ups are of one key. */
  readonly #byKey = new Map<string, V>();

  get size(): number {
    return this.#byKey.size;
  }

  get(key: string): V | undefined {
    return this.#byKey.get(key);
  }

  /** Adds the value, in place of the one that has its key. */
  set(value: V): void {
    this.#byKey.set(value.key, value);
    // A key behind all others goes into the last chunk.
    const at = Math.min(this.#chunkOf(value.key), Math.max(this.#chunks.length - 1, 0));
    const chunk = (this.#chunks[at] ??= []);
    const index = lowerBound(chunk, value.key);
    if (chunk[index]?.key === value.key) {
      chunk[index] = value;
      return;
    }
    chunk.splice(index, 0, value);
    if (chunk.length > chunkLimit) this.#chunks.splice(at + 1, 0, chunk.splice(chunkLimit / 2));
  }

  delete(key: string): void {
    if (!this.#byKey.delete(key)) return;
    const at = this.#chunkOf(key);
    const chunk = this.#chunks[at];
    if (chunk === undefined) return;
    const index = lowerBound(chunk, key);
    if (chunk[index]?.key !== key) return;
    chunk.splice(index, 1);
    if (chunk.length === 0) this.#chunks.splice(at, 1);
  }

  /** How many keys are smaller than `key`. */
  rank(key: string): number {
    const at = this.#chunkOf(key);
    let rank = 0;
    for (let index = 0; index < at; index += 1) rank += this.#chunks[index]?.length ?? 0;
    const chunk = this.#chunks[at];
    return chunk === undefined ? rank : rank + lowerBound(chunk, key);
  }

  /** The values with `from` <= key < `to`, in order; to the end without `to`. */
  *range(from: string, to?: string): Generator<V> {
    const first = this.#chunkOf(from);
    for (let at = first; at < this.#chunks.length; at += 1) {
      const chunk = this.#chunks[at] ?? [];
      for (let index = at === first ? lowerBound(chunk, from) : 0; index < chunk.length; index += 1) {
        const value = chunk[index];
        if (value === undefined || (to !== undefined && value.key >= to)) return;
        yield value;
      }
    }
  }

  /** Replaces everything, quicker than value by value. */
  fill(values: Iterable<V>): void {
    const sorted = [...values].toSorted((a, b) => (a.key < b.key ? -1 : 1));
    this.#chunks = [];
    // Half full, so that the next inserts split nothing.
    for (let at = 0; at < sorted.length; at += chunkLimit / 2) this.#chunks.push(sorted.slice(at, at + chunkLimit / 2));
    this.#byKey.clear();
    for (const value of sorted) this.#byKey.set(value.key, value);
  }

  /** The first chunk whose last key is not smaller than `key`; the number of chunks when there is none. */
  #chunkOf(key: string): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const last = this.#chunks[middle]?.at(-1);
      if (last !== undefined && last.key < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function lowerBound(chunk: readonly Keyed[], key: string): number {
  let low = 0;
  let high = chunk.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const value = chunk[middle];
    if (value !== undefined && value.key < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The smallest key behind all keys that start with `prefix`; undefined when that is every key. */
export function prefixEnd(prefix: string): string | undefined {
  if (prefix === '') return undefined;
  const last = prefix.charCodeAt(prefix.length - 1);
  const head = prefix.slice(0, -1);
  return last === 0xffff ? prefixEnd(head) : head + String.fromCharCode(last + 1);
}
