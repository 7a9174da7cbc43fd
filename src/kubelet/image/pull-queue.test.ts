import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SharedWork } from './pull-queue.ts';

const never = new AbortController().signal;

test('who wants the same at the same time gets it from one piece of work', async () => {
  const shared = new SharedWork<number>();
  let runs = 0;
  const work = () => Promise.resolve((runs += 1));
  assert.deepEqual(
    await Promise.all([shared.run('a', never, work), shared.run('a', never, work), shared.run('b', never, work)]),
    [1, 1, 2],
  );
  assert.equal(await shared.run('a', never, work), 3, 'later it is done again');
});

test('a failure is everybody’s, and the next attempt is new', async () => {
  const shared = new SharedWork<number>();
  const fail = () => Promise.reject(new Error('no'));
  await Promise.all([
    assert.rejects(shared.run('a', never, fail), /no/),
    assert.rejects(shared.run('a', never, fail), /no/),
  ]);
  assert.equal(await shared.run('a', never, () => Promise.resolve(1)), 1);
});

test('the work goes on while somebody wants it, and ends when nobody does', async () => {
  const shared = new SharedWork<number>();
  const [first, second] = [new AbortController(), new AbortController()];
  let ended = false;
  const work = (signal: AbortSignal): Promise<number> => {
    signal.addEventListener('abort', () => (ended = true));
    return new Promise(() => undefined);
  };
  const [one, two] = [shared.run('a', first.signal, work), shared.run('a', second.signal, work)];
  first.abort(new Error('gone'));
  await assert.rejects(one, /gone/);
  assert.equal(ended, false);
  second.abort(new Error('gone too'));
  await assert.rejects(two, /gone too/);
  assert.equal(ended, true);
});
