import type { ResourceRecord } from '../wire/record.ts';

/** What other servers said about one question. */
export interface CachedAnswer {
  readonly rcode: number;
  readonly answers: readonly ResourceRecord[];
  readonly authority: readonly ResourceRecord[];
  readonly authenticData: boolean;
  /** Seconds for which it is fresh. */
  readonly ttl: number;
}

interface Entry {
  readonly answer: CachedAnswer;
  readonly storedAt: number;
}

export interface CacheLimits {
  /** The answer that was not used for the longest time makes room. */
  readonly entries: number;
  /** How long an answer may serve after it has gone stale, when nobody gives a fresh one. */
  readonly staleSeconds: number;
  /** The TTL that clients see of a stale answer (RFC 8767, section 5). */
  readonly staleTtl: number;
}

/** Answers of other servers. Times are in milliseconds and passed in. */
export class AnswerCache {
  readonly #limits: CacheLimits;
  /** In the order in which they were last used. */
  readonly #entries = new Map<string, Entry>();

  constructor(limits: CacheLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#entries.size;
  }

  put(key: string, answer: CachedAnswer, now: number): void {
    this.#entries.delete(key);
    if (answer.ttl <= 0) return;
    this.#entries.set(key, { answer, storedAt: now });
    if (this.#entries.size <= this.#limits.entries) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      break;
    }
  }

  /** An answer that is still fresh, its TTLs counted down. */
  fresh(key: string, now: number): CachedAnswer | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const age = Math.floor((now - entry.storedAt) / 1000);
    if (age >= entry.answer.ttl) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return age === 0 ? entry.answer : withTtl(entry.answer, (ttl) => Math.max(0, ttl - age));
  }

  /** An answer that is no longer fresh but better than none; never one that was a failure itself. */
  stale(key: string, now: number): CachedAnswer | undefined {
    const entry = this.#entries.get(key);
    const { staleSeconds, staleTtl } = this.#limits;
    if (entry === undefined || !isAnswer(entry.answer)) return undefined;
    if ((now - entry.storedAt) / 1000 >= entry.answer.ttl + staleSeconds) {
      this.#entries.delete(key);
      return undefined;
    }
    return withTtl(entry.answer, () => staleTtl);
  }
}

/** Whether a server knew: that a name has records, or that it has none. */
function isAnswer({ rcode }: CachedAnswer): boolean {
  return rcode === 0 || rcode === 3;
}

function withTtl(answer: CachedAnswer, change: (ttl: number) => number): CachedAnswer {
  const changed = (records: readonly ResourceRecord[]): ResourceRecord[] =>
    records.map((record) => ({ ...record, ttl: change(record.ttl) }));
  return { ...answer, answers: changed(answer.answers), authority: changed(answer.authority) };
}
