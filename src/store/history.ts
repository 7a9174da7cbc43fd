import type { StoreEvent } from './store.ts';

export interface HistoryLimits {
  /** So many of the newest events are kept however old they are. */
  readonly minEvents: number;
  /** Older ones only while there are not more than these … */
  readonly maxEvents: number;
  readonly maxBytes: number;
  /** … and none longer than this. */
  readonly maxAgeMs: number;
}

/** At rest a few hundred kilobytes; under load the last ten seconds or more; upstream keeps five minutes. */
export const defaultHistoryLimits: HistoryLimits = {
  minEvents: 1000,
  maxEvents: 20_000,
  maxBytes: 48 << 20,
  maxAgeMs: 300_000,
};

interface Entry {
  readonly event: StoreEvent;
  readonly at: number;
}

/** The newest events in the order of their revisions, with the versions that they replaced. */
export class History {
  readonly #limits: HistoryLimits;
  readonly #now: () => number;
  #entries: Entry[] = [];
  /** Entries before this index have been dropped; the array is cut now and then. */
  #start = 0;
  #bytes = 0;

  constructor(limits: HistoryLimits, now: () => number = () => performance.now()) {
    this.#limits = limits;
    this.#now = now;
  }

  get length(): number {
    return this.#entries.length - this.#start;
  }

  push(event: StoreEvent): void {
    this.#entries.push({ event, at: this.#now() });
    this.#bytes += event.current.json.length;
  }

  /** The events after `revision`, oldest first. */
  *after(revision: number): Generator<StoreEvent> {
    for (let index = this.#indexAfter(revision); index < this.#entries.length; index += 1) {
      const entry = this.#entries[index];
      if (entry !== undefined) yield entry.event;
    }
  }

  /** The events after `revision`, newest first. */
  *backTo(revision: number): Generator<StoreEvent> {
    const end = this.#indexAfter(revision);
    for (let index = this.#entries.length - 1; index >= end; index -= 1) {
      const entry = this.#entries[index];
      if (entry !== undefined) yield entry.event;
    }
  }

  /** Drops what is beyond the limits, and returns it, oldest first. */
  trim(): readonly StoreEvent[] {
    const { minEvents, maxEvents, maxBytes, maxAgeMs } = this.#limits;
    const oldest = this.#now() - maxAgeMs;
    const tooMuch = (entry: Entry): boolean => this.length > maxEvents || this.#bytes > maxBytes || entry.at < oldest;
    return this.#dropWhile((entry) => this.length > minEvents && tooMuch(entry));
  }

  /** Drops the events up to `revision`, and returns them, oldest first. */
  dropTo(revision: number): readonly StoreEvent[] {
    return this.#dropWhile(({ event }) => event.revision <= revision);
  }

  #dropWhile(condition: (entry: Entry) => boolean): readonly StoreEvent[] {
    const dropped: StoreEvent[] = [];
    for (let entry = this.#entries[this.#start]; entry !== undefined && condition(entry);) {
      dropped.push(entry.event);
      this.#bytes -= entry.event.current.json.length;
      this.#start += 1;
      entry = this.#entries[this.#start];
    }
    // What is in front of the start still holds its objects in memory, up to as many as are in use.
    if (this.#start > 1024 || this.#start === this.#entries.length) {
      this.#entries = this.#entries.slice(this.#start);
      this.#start = 0;
    }
    return dropped;
  }

  /** Where the first event after `revision` is. */
  #indexAfter(revision: number): number {
    let low = this.#start;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = this.#entries[middle];
      if (entry !== undefined && entry.event.revision <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
