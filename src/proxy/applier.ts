import type { Changes, Ruleset } from './ruleset.ts';

/** Brings a ruleset into the kernel. Each call is one transaction: when it throws, nothing has changed. */
export interface RulesetApplier {
  /** Replaces everything, whatever is there; established connections and known clients keep their endpoints. */
  replace(ruleset: Ruleset): Promise<void>;
  /** Carries out a change to what the last call left. */
  change(changes: Changes): Promise<void>;
  /** What in the kernel differs from the ruleset, in words; empty where nothing does. */
  check(ruleset: Ruleset): Promise<readonly string[]>;
  /** Ends the applier's own timers; the rules stay. */
  close(): Promise<void>;
}
