import assert from 'node:assert/strict';
import { it } from 'node:test';
import { CommitQueue } from './commit-queue.ts';
import { sample } from './conformance.ts';
import { defaultHistoryLimits } from './history.ts';
import { MemoryState } from './memory-state.ts';
import { ParsedCache } from './stored-object.ts';
import type { StoreEvent } from './store.ts';

function queueWith(commit: (events: readonly StoreEvent[]) => Promise<void>) {
  const state = new MemoryState(
    { revision: 1, compactedRevision: 1, objects: [], events: [] },
    { limits: defaultHistoryLimits, dropped: () => undefined, listenerFailed: assert.ifError },
  );
  return { state, queue: new CommitQueue(state, commit, new ParsedCache(10)) };
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
