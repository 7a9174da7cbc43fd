import { randomInt } from 'node:crypto';

export interface PoolOptions {
  /** Both ends belong to the pool. */
  readonly from: number;
  readonly to: number;
  /** So many at the low end are handed out unasked only when nothing else is left: people ask for them by number. */
  readonly kept: number;
  /** Never handed out unasked. */
  readonly reserved?: ReadonlySet<number>;
}

/**
 * Numbers that belong to one holder at a time. What is held for good is told from outside (`hold`, `release`);
 * what a write has taken and not yet stored is held in between (`take`, `giveBack`).
 */
export class NumberClaims {
  readonly #held = new Map<number, Set<string>>();
  readonly #taken = new Set<number>();

  isFree(number: number): boolean {
    return !this.#held.has(number) && !this.#taken.has(number);
  }

  hold(number: number, holder: string): void {
    const holders = this.#held.get(number);
    if (holders === undefined) this.#held.set(number, new Set([holder]));
    else holders.add(holder);
  }

  release(number: number, holder: string): void {
    const holders = this.#held.get(number);
    holders?.delete(holder);
    if (holders?.size === 0) this.#held.delete(number);
  }

  take(number: number): void {
    this.#taken.add(number);
  }

  giveBack(number: number): void {
    this.#taken.delete(number);
  }
}

/** A range of numbers to choose from; ranges that overlap share their claims. */
export class NumberPool {
  readonly #options: PoolOptions;
  readonly #claims: NumberClaims;

  constructor(options: PoolOptions, claims: NumberClaims) {
    this.#options = options;
    this.#claims = claims;
  }

  contains(number: number): boolean {
    return number >= this.#options.from && number <= this.#options.to;
  }

  /** A free number, by chance; undefined when there is none. It is not taken yet. */
  pick(): number | undefined {
    const { from, to, kept } = this.#options;
    return this.#pickBetween(from + kept, to) ?? this.#pickBetween(from, Math.min(from + kept - 1, to));
  }

  #pickBetween(from: number, to: number): number | undefined {
    const size = to - from + 1;
    if (size <= 0) return undefined;
    const start = randomInt(size);
    for (let step = 0; step < size; step++) {
      const number = from + ((start + step) % size);
      if (this.#claims.isFree(number) && this.#options.reserved?.has(number) !== true) return number;
    }
    return undefined;
  }
}
