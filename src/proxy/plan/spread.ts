import type { Match, Rule } from '../model.ts';

/**
 * Beyond this many targets a map is looked up instead. Linux looks through all sets of a table to name one map, so that
 * a map for each of 10,000 Services takes it 20 s, and each change 20 ms more; a rule costs a packet some nanoseconds.
 */
export const mostRules = 16;

/** By the number of targets that are left; shared by all Services. */
const chances: readonly (readonly Match[])[] = Array.from({ length: mostRules + 1 }, (_, left) => {
  return left <= 1 ? [] : [{ match: 'chance', of: left }];
});

/** A rule for each target, the chance of each being the same: one of those that are left, and the last takes the rest. */
export function spread<T>(
  targets: readonly T[],
  toRule: (target: T, chance: readonly Match[]) => Rule,
): readonly Rule[] {
  return targets.map((target, index) => {
    const left = targets.length - index;
    return toRule(target, chances[left] ?? [{ match: 'chance', of: left }]);
  });
}
