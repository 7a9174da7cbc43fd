import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressRecord } from '../wire/record.ts';
import type { CachedAnswer } from './answer-cache.ts';
import { AnswerCache } from './answer-cache.ts';

const limits = { entries: 2, staleSeconds: 100, staleTtl: 30 };
const answer = (ttl: number, rcode = 0): CachedAnswer => ({
  rcode,
  answers: [addressRecord('x', ttl, Uint8Array.of(1, 2, 3, 4)), addressRecord('x', ttl + 9, Uint8Array.of(1, 2, 3, 5))],
  authority: [],
  authenticData: false,
  ttl,
});
const ttls = (found: CachedAnswer | undefined) => found?.answers.map(({ ttl }) => ttl);

test('TTLs count down, and end', () => {
  const cache = new AnswerCache(limits);
  cache.put('x', answer(10), 5000);
  assert.deepEqual(ttls(cache.fresh('x', 5900)), [10, 19]);
  assert.deepEqual(ttls(cache.fresh('x', 8000)), [7, 16]);
  assert.equal(cache.fresh('x', 15_000), undefined);
  assert.deepEqual(ttls(cache.stale('x', 15_000)), [30, 30]);
  assert.equal(cache.stale('x', 115_000), undefined);
});

test('what was used longest ago makes room', () => {
  const cache = new AnswerCache(limits);
  for (const key of ['a', 'b']) cache.put(key, answer(10), 0);
  cache.fresh('a', 1);
  cache.put('c', answer(10), 2);
  assert.deepEqual(
    ['a', 'b', 'c'].map((key) => cache.fresh(key, 3) !== undefined),
    [true, false, true],
  );
});

test('a failure is kept for its second and never served stale; a TTL of 0 is not kept', () => {
  const cache = new AnswerCache(limits);
  cache.put('x', { ...answer(1, 2), answers: [] }, 0);
  assert.equal(cache.fresh('x', 500)?.rcode, 2);
  assert.equal(cache.stale('x', 1500), undefined);
  cache.put('y', answer(0), 0);
  assert.equal(cache.size, 1);
});
