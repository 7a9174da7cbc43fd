import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EndpointSlice } from '../../api/discovery/endpoint-slice.schema.ts';
import { patienceMs, WriteTracker } from './write-tracker.ts';

const slice = (name: string, resourceVersion: number): EndpointSlice =>
  ({ metadata: { name, namespace: 'default', uid: name, resourceVersion: String(resourceVersion) } }) as EndpointSlice;

describe('what is waited for', () => {
  const none = (): undefined => undefined;

  it('a write until the cache shows it', () => {
    const writes = new WriteTracker(() => 0);
    writes.wrote('default/web', slice('a', 5));
    assert.ok(writes.isBehind('default/web', none));
    assert.ok(writes.isBehind('default/web', () => slice('a', 4)));
    assert.ok(!writes.isBehind('default/web', () => slice('a', 5)));
  });

  it('not a slice that had come and gone before its creation was answered', () => {
    const writes = new WriteTracker(() => 0);
    writes.saw(slice('a', 5));
    writes.saw(slice('a', 7));
    writes.wrote('default/web', slice('a', 5));
    assert.ok(!writes.isBehind('default/web', none));
  });

  it('nor one that goes while the Service of this name is another', () => {
    const writes = new WriteTracker(() => 0);
    writes.forget('default/web');
    writes.wrote('default/web', slice('a', 5));
    assert.ok(writes.isBehind('default/web', none));
    writes.saw(slice('a', 7));
    assert.ok(!writes.isBehind('default/web', none));
  });

  it('nothing for ever', () => {
    let now = 0;
    const writes = new WriteTracker(() => now);
    writes.wrote('default/web', slice('a', 5));
    now = patienceMs;
    assert.ok(!writes.isBehind('default/web', none));
  });
});
