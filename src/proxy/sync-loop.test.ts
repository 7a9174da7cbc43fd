import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SyncLoop } from './sync-loop.ts';

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 500 && !condition(); tries++) await sleep(10);
}

test('requests that come together are one sync; one that comes during a sync is another', async () => {
  const syncs: boolean[] = [];
  const loop: SyncLoop = new SyncLoop({
    sync: async (full) => {
      syncs.push(full);
      if (syncs.length === 1) loop.request();
      await sleep(5);
    },
    failed: () => assert.fail(),
  });
  loop.request();
  loop.request(true);
  loop.request();
  await until(() => syncs.length >= 2);
  assert.deepEqual(syncs, [true, false]);
  await loop.close();
});

test('a failed sync is followed by a full one', async () => {
  const syncs: boolean[] = [];
  const failures: number[] = [];
  const loop = new SyncLoop({
    sync: (full) => {
      syncs.push(full);
      return syncs.length === 1 ? Promise.reject(new Error('nft')) : Promise.resolve();
    },
    failed: (_, retryInMs) => failures.push(retryInMs),
  });
  loop.request();
  await until(() => syncs.length >= 2);
  assert.deepEqual(syncs, [false, true]);
  assert.deepEqual(failures, [200]);
  await loop.close();
});

test('closing waits for a running sync and starts none', async () => {
  let ended = 0;
  const loop = new SyncLoop({
    sync: async () => {
      await sleep(20);
      ended += 1;
    },
    failed: () => assert.fail(),
  });
  loop.request();
  await sleep(10);
  loop.request();
  await loop.close();
  assert.equal(ended, 1);
  await sleep(30);
  assert.equal(ended, 1);
});
