import { checks } from './all-checks.ts';
import type { Check, Subject, Test, Violation } from './check.ts';
import type { LevelVersion } from './policy.ts';

const newest = Math.max(...checks.flatMap(({ versions }) => versions.map(({ from }) => from)));

const testOf = ({ versions }: Check, version: number): Test | undefined =>
  versions.findLast(({ from }) => from <= version)?.test;

/** The tests of a level in a version. */
function testsOf({ level, version }: LevelVersion): readonly Test[] {
  if (level === 'privileged') return [];
  const minor = version === 'latest' ? newest : Math.min(version, newest);
  const present = checks.filter(
    (check) => (check.level === 'baseline' || level === 'restricted') && testOf(check, minor) !== undefined,
  );
  const replaced = new Set(present.flatMap(({ replaces = [] }) => replaces));
  return present.filter(({ id }) => !replaced.has(id)).map((check) => testOf(check, minor) ?? (() => undefined));
}

/** All that a pod does against a level of the standards. */
export function violationsOf(subject: Subject, levelVersion: LevelVersion): readonly Violation[] {
  return testsOf(levelVersion).flatMap((test) => test(subject) ?? []);
}

/** `host namespaces, privileged`: for many pods. */
export const reasonsOf = (violations: readonly Violation[]): string =>
  violations.map(({ reason }) => reason).join(', ');

/** `host namespaces (hostPID), privileged (container "a" must …)`: for one pod. */
export const detailsOf = (violations: readonly Violation[]): string =>
  violations.map(({ reason, detail }) => (detail === '' ? reason : `${reason} (${detail})`)).join(', ');
