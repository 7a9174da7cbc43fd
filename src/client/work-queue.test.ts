import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../system/testing/eventually.ts';
import { createWorkQueue, runWorkers } from './work-queue.ts';

describe('work queue', () => {
  it('holds a key once, in the order of the first add', async () => {
    const queue = createWorkQueue();
    const { signal } = new AbortController();
    for (const key of ['b', 'a', 'b']) queue.add(key);
    assert.equal(queue.length, 2);
    assert.equal(await queue.take(signal), 'b');
    assert.equal(await queue.take(signal), 'a');
  });

  it('gives a key that is being worked on to nobody else, and again when it is done', async () => {
    const queue = createWorkQueue();
    const { signal } = new AbortController();
    queue.add('a');
    await queue.take(signal);
    queue.add('a');
    assert.equal(queue.length, 0);
    queue.done('a');
    assert.equal(queue.length, 1);
  });

  it('of several delays the earliest wins', async () => {
    const queue = createWorkQueue();
    queue.addAfter('a', 10_000);
    queue.addAfter('a', 5);
    queue.addAfter('a', 10_000);
    await eventually('the earliest of the three', () => queue.length === 1);
    queue.clear();
  });

  it('backs off per key, doubling to the maximum, until forgotten', () => {
    const queue = createWorkQueue({ baseDelayMs: 5, maxDelayMs: 30 });
    assert.deepEqual(
      [1, 2, 3, 4, 5].map(() => queue.addRateLimited('a')),
      [5, 10, 20, 30, 30],
    );
    assert.equal(queue.addRateLimited('b'), 5);
    queue.forget('a');
    assert.equal(queue.addRateLimited('a'), 5);
    queue.clear();
  });
});

describe('workers', () => {
  it('retry what fails, requeue what asks for it, and run keys side by side but none twice at a time', async () => {
    const queue = createWorkQueue({ baseDelayMs: 1 });
    const stop = new AbortController();
    const calls: string[] = [];
    const under = new Set<string>();
    const running = runWorkers(queue, {
      workers: 3,
      signal: stop.signal,
      reconcile: async (key) => {
        assert.ok(!under.has(key), `${key} is reconciled twice at a time`);
        under.add(key);
        calls.push(key);
        await sleep(2);
        under.delete(key);
        if (key === 'fails' && calls.filter((call) => call === key).length < 3) throw new Error('not yet');
        if (key === 'again' && calls.filter((call) => call === key).length < 2) return { requeueAfter: 1 };
        return undefined;
      },
    });
    for (const key of ['plain', 'fails', 'again', 'plain']) queue.add(key);
    const count = (key: string): number => calls.filter((call) => call === key).length;
    await eventually('all of it', () => count('plain') >= 1 && count('fails') >= 3 && count('again') >= 2);
    await sleep(20);
    stop.abort();
    await running;
    assert.deepEqual([count('plain'), count('fails'), count('again')], [1, 3, 2]);
    assert.equal(queue.failures('fails'), 0);
  });

  it('end when aborted, after the reconcile under way', async () => {
    const queue = createWorkQueue();
    const stop = new AbortController();
    let ended = false;
    const running = runWorkers(queue, {
      signal: stop.signal,
      reconcile: async () => {
        await sleep(20);
        ended = true;
      },
    });
    queue.add('a');
    await sleep(5);
    stop.abort();
    await running;
    assert.equal(ended, true);
  });
});
