import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Problem } from '../plan/problem.ts';
import { ToldProblems } from './told-problems.ts';

const source = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', namespace: 'default', name: 'a', uid: '1' };
const taken: Problem = { source, reason: 'PathConflict', message: 'taken' };
const waiting: Problem = { source, reason: 'NoReadyEndpoints', message: 'nobody' };

test('a problem is told once, and its end once; what passes by itself only when it lasts', () => {
  const problems = new ToldProblems();
  const steps: readonly (readonly [number, readonly Problem[], string, number | undefined])[] = [
    [0, [taken, waiting, taken], '+taken', 5000],
    [3000, [taken, waiting], '', 2000],
    [3100, [taken], '', undefined],
    [3200, [taken, waiting], '', 5000],
    [8200, [taken, waiting], '+nobody', undefined],
    [9000, [taken, waiting], '', undefined],
    [9100, [waiting], '-taken', undefined],
    [9200, [taken], '+taken -nobody', undefined],
  ];
  for (const [nowMs, now, expected, againInMs] of steps) {
    const { begun, ended, againInMs: again } = problems.update(now, () => true, nowMs);
    const said = [...begun.map(({ message }) => `+${message}`), ...ended.map(({ message }) => `-${message}`)];
    assert.deepEqual([said.join(' '), again], [expected, againInMs], `at ${nowMs}`);
  }
  assert.deepEqual(problems.update([], () => false, 9300).ended, [], 'an Ingress that is gone');
});

test('after a restart nothing is told again', () => {
  const problems = new ToldProblems();
  problems.restart([taken, waiting]);
  const { begun, ended } = problems.update([taken], () => true, 0);
  assert.deepEqual([begun, ended], [[], [waiting]]);
});
