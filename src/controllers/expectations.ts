/** How long an unmet expectation holds back its owner: after it, the informer is believed instead. */
const expectationLifetimeMs = 5 * 60_000;

interface Expectation {
  creations: number;
  readonly deletions: Set<string>;
  readonly since: number;
}

/**
 * What each owner has asked for and has not yet seen happen in its informer. Without it, an owner that looks before
 * its own writes have come back would create or delete twice.
 */
export class Expectations {
  readonly #byOwner = new Map<string, Expectation>();
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** True when everything asked for has been seen, or too long has passed. */
  satisfied(owner: string): boolean {
    const expectation = this.#byOwner.get(owner);
    if (expectation === undefined) return true;
    if (expectation.creations <= 0 && expectation.deletions.size === 0) return true;
    return this.#now() - expectation.since > expectationLifetimeMs;
  }

  /** Notes that so many objects are about to be created, and those with these keys to be deleted. */
  expect(
    owner: string,
    { creations = 0, deletions = [] }: { readonly creations?: number; readonly deletions?: Iterable<string> },
  ): void {
    this.#byOwner.set(owner, { creations, deletions: new Set(deletions), since: this.#now() });
  }

  /** Notes that `count` creations were seen, or failed. */
  created(owner: string, count = 1): void {
    const expectation = this.#byOwner.get(owner);
    if (expectation !== undefined) expectation.creations -= count;
  }

  /** Notes that a deletion was seen, or failed. */
  deleted(owner: string, key: string): void {
    this.#byOwner.get(owner)?.deletions.delete(key);
  }

  /** Drops what is known of an owner that is gone. */
  forget(owner: string): void {
    this.#byOwner.delete(owner);
  }
}
