import assert from 'node:assert/strict';
import { beforeEach, describe, it, mock } from 'node:test';
import { afterEach } from 'node:test';
import type { Pod } from '../api/core/pod.schema.ts';
import { nodeAffinity } from './plugins/node-affinity.ts';
import { nodePorts } from './plugins/node-ports.ts';
import { SchedulingQueue } from './queue.ts';
import { pod } from './testing/objects.ts';

describe('scheduling queue', () => {
  let queue: SchedulingQueue;
  let ready: number;
  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 });
    ready = 0;
    queue = new SchedulingQueue({ onReady: () => (ready += 1) });
  });
  afterEach(() => {
    queue.clear();
    mock.timers.reset();
  });

  const name = (taken: Pod | undefined): string | undefined => taken?.metadata.name;
  const wait = (milliseconds: number): void => mock.timers.tick(milliseconds);
  const fail = (plugins = [nodeAffinity]): void => {
    const taken = queue.take();
    assert.ok(taken);
    queue.failed(taken.metadata.uid, plugins);
  };

  it('gives the highest priority first, and of equals the one that came first', () => {
    queue.put(pod('first'));
    wait(1);
    queue.put(pod('urgent', { spec: { priority: 10 } }));
    queue.put(pod('second'));
    assert.deepEqual(
      [name(queue.take()), name(queue.take()), name(queue.take()), queue.take()],
      ['urgent', 'first', 'second', undefined],
    );
    assert.equal(ready, 3);
  });

  it('parks a pod until an event that its plugins wait for', () => {
    queue.put(pod('p'));
    fail();
    wait(20_000);
    queue.move('pod-deleted');
    assert.equal(queue.take(), undefined);
    queue.move('node-added');
    assert.equal(name(queue.take()), 'p');
  });

  it('makes failures wait longer each time, ten seconds at most', () => {
    queue.put(pod('p'));
    for (const delay of [1000, 2000, 4000, 8000, 10_000, 10_000]) {
      fail();
      queue.move('node-added');
      wait(delay - 1);
      assert.equal(queue.take(), undefined, `${delay} ms`);
      wait(1);
    }
    assert.equal(name(queue.take()), 'p');
  });

  it('does not lose an event that comes during the trial', () => {
    queue.put(pod('p'));
    const taken = queue.take();
    queue.move('pod-deleted');
    queue.failed(taken?.metadata.uid ?? '', [nodePorts]);
    wait(1000);
    assert.equal(name(queue.take()), 'p');
  });

  it('does not lose a change of the pod during the trial', () => {
    queue.put(pod('p'));
    const taken = queue.take();
    queue.put(pod('p', { labels: { new: 'yes' } }));
    queue.failed(taken?.metadata.uid ?? '', [nodePorts]);
    wait(1000);
    assert.equal(queue.take()?.metadata.labels?.['new'], 'yes');
  });

  it('takes no notice of a status written during the trial', () => {
    queue.put(pod('p'));
    const taken = queue.take();
    queue.put(pod('p'), { changed: false });
    queue.failed(taken?.metadata.uid ?? '', [nodePorts]);
    wait(5000);
    assert.equal(queue.take(), undefined);
  });

  it('tries again by itself what failed for no plugin’s reason', () => {
    queue.put(pod('p'));
    fail([]);
    wait(1000);
    assert.equal(name(queue.take()), 'p');
  });

  it('tries a parked pod again after five minutes at the latest', () => {
    queue.put(pod('p'));
    fail();
    wait(299_000);
    assert.equal(queue.take(), undefined);
    wait(31_000);
    assert.equal(name(queue.take()), 'p');
  });

  it('forgets what is removed, wherever it is', () => {
    for (const each of ['active', 'backoff', 'parked', 'trying'])
      queue.put(pod(each, { spec: { priority: each.length } }));
    queue.take();
    queue.failed('uid-backoff', []);
    for (const each of ['active', 'backoff', 'parked', 'trying']) queue.remove(`uid-${each}`);
    wait(600_000);
    queue.move('node-added');
    assert.deepEqual([queue.take(), queue.size], [undefined, 0]);
  });
});
