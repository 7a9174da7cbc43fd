import type { Entries } from './wire.ts';
import { formatEntries } from './wire.ts';

/** Knows what nginx ought to know, and what it has not been told yet. */
export class StateTable {
  readonly #entries = new Map<string, string>();
  readonly #untold = new Set<string>();

  /** Notes an entry; an empty value takes it away. */
  set(key: string, value: string): void {
    if ((this.#entries.get(key) ?? '') === value) return;
    if (value === '') this.#entries.delete(key);
    else this.#entries.set(key, value);
    this.#untold.add(key);
  }

  /** What an entry is; undefined where there is none. */
  get(key: string): string | undefined {
    return this.#entries.get(key);
  }

  /** Sets these entries, and takes away all others whose key begins with one of the prefixes. */
  replace(prefixes: readonly string[], entries: Entries): void {
    for (const key of this.#entries.keys()) {
      if (!entries.has(key) && prefixes.some((prefix) => key.startsWith(prefix))) this.set(key, '');
    }
    for (const [key, value] of entries) this.set(key, value);
  }

  get hasChanges(): boolean {
    return this.#untold.size > 0;
  }

  /** What has changed since it was last called. */
  takeChanges(): string {
    const changed = [...this.#untold].map((key) => [key, this.#entries.get(key) ?? ''] as const);
    this.#untold.clear();
    return formatEntries(changed);
  }

  /** Everything. */
  format(): string {
    return formatEntries(this.#entries);
  }
}
