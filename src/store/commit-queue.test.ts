import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { BatchLimits } from './commit-queue.ts';
import { CommitQueue, RefusedBatch, Superseded } from './commit-queue.ts';
import { sample } from './conformance.ts';
import { defaultHistoryLimits } from './history.ts';
import { MemoryState } from './memory-state.ts';
import { encode, ParsedCache } from './stored-object.ts';
import type { StoreError, StoreEvent } from './store.ts';

function queueWith(commit: (events: readonly StoreEvent[]) => Promise<void>, limits?: BatchLimits) {
  const state = new MemoryState(
    { revision: 1, compactedRevision: 1, objects: [], events: [] },
    { limits: defaultHistoryLimits, dropped: () => undefined, listenerFailed: assert.ifError },
  );
  return { state, queue: new CommitQueue(state, commit, new ParsedCache(), limits) };
}

it('refuses what a failed commit held and what was decided on top of it, then goes on from what is stored', async () => {
  const commits: number[] = [];
  const { state, queue } = queueWith(async (events) => {
    commits.push(events.length);
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (commits.length === 2) throw new Error('disk full');
  });
  await queue.create('/a', sample('a', 1));
  const failing = queue.update('/a', sample('a', 2), 2);
  const failed = assert.rejects(failing, { code: 'closed', message: /could not be stored: disk full/ });
  await new Promise((resolve) => setTimeout(resolve, 2));
  // The first of these stood on a write that never was, the second was refused because of one.
  await Promise.all([
    failed,
    assert.rejects(queue.update('/a', sample('a', 3), 3), { code: 'closed' }),
    assert.rejects(queue.create('/a', sample('a', 4)), { code: 'closed' }),
  ]);
  assert.deepEqual([state.revision, state.get('/a')?.revision], [2, 2]);
  assert.equal((await queue.update('/a', sample('a', 5), 2)).revision, 3);
  assert.deepEqual(commits, [1, 1, 1]);
});

it('commits together what waited for the commit before', async () => {
  const commits: string[] = [];
  const { queue } = queueWith(async (events) => {
    commits.push(events.map(({ key }) => key).join());
    await new Promise((resolve) => setTimeout(resolve, 10));
  });
  const first = queue.create('/a', sample('a'));
  await new Promise((resolve) => setTimeout(resolve, 2));
  await Promise.all([first, ...['/b', '/c', '/d'].map((key) => queue.create(key, sample(key)))]);
  assert.deepEqual(commits, ['/a', '/b,/c,/d']);
});

it('decides anew what another process was faster with', async () => {
  const commits: string[] = [];
  const { state, queue } = queueWith(async (events) => {
    commits.push(events.map(({ key, revision }) => `${key}@${revision}`).join());
    if (commits.length > 1) return;
    const current = encode('/a', sample('a', 'theirs'), 2, new ParsedCache());
    state.apply([{ type: 'put', key: '/a', revision: 2, current, previous: undefined }]);
    throw new Superseded();
  });
  const outcomes = await Promise.allSettled([
    queue.create('/a', sample('a', 'ours')),
    queue.update('/a', sample('a', 'ours, later'), 2),
    queue.create('/b', sample('b')),
    queue.create('/b', sample('b', 'again')),
  ]);
  const shown = outcomes.map((outcome) =>
    outcome.status === 'fulfilled'
      ? outcome.value.revision
      : [(outcome.reason as StoreError).code, (outcome.reason as StoreError).current?.revision],
  );
  assert.deepEqual(shown, [['exists', 2], 3, 4, ['exists', 4]]);
  assert.deepEqual(commits, ['/a@2,/a@3,/b@4', '/a@3,/b@4']);
});

it('refuses one write alone that can never be stored', async () => {
  const reason = new Error('too large');
  const { state, queue } = queueWith(
    async (events) => {
      if (events.some(({ key }) => key === '/big')) throw new RefusedBatch(reason);
    },
    { writes: 1, bytes: 1, distinctKeys: true },
  );
  const big = queue.create('/big', sample('big'));
  const onTop = queue.create('/big', sample('big', 'again'));
  const other = queue.create('/a', sample('a'));
  await assert.rejects(big, reason);
  await assert.rejects(onTop, reason);
  assert.equal((await other).revision, 2);
  assert.equal(state.revision, 2);
});
