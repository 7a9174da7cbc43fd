import type { PathPattern } from '../model/values.ts';
import type { ControlClient } from './control-client.ts';
import { patternExpression } from './wire.ts';

/** Knows which patterns compile, by asking nginx, whose expressions they are. */
export class PatternChecker {
  readonly #control: ControlClient;
  #known = new Map<PathPattern, string | undefined>();

  constructor(control: ControlClient) {
    this.#control = control;
  }

  /** Learns about these patterns, and forgets others. Throws ControlError where nginx does not answer. */
  async learn(patterns: readonly PathPattern[]): Promise<void> {
    const fresh = patterns.filter((pattern) => !this.#known.has(pattern));
    const faults = fresh.length === 0 ? [] : await this.#control.checkPatterns(fresh.map(patternExpression));
    const known = new Map(patterns.map((pattern) => [pattern, this.#known.get(pattern)]));
    for (const [index, pattern] of fresh.entries())
      known.set(pattern, faults[index] === '' ? undefined : faults[index]);
    this.#known = known;
  }

  /** What is wrong with a pattern; undefined for a good one, and for one that was not learnt about. */
  problem(pattern: PathPattern): string | undefined {
    return this.#known.get(pattern);
  }
}
