import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { KubeObject } from '../../api/object.ts';
import { createMemoryStore } from '../../store/testing/memory-store.ts';
import { createLogger } from '../../system/logger.ts';
import { EventExpiry } from './event-expiry.ts';

it('an Event goes an hour after it was written last', async () => {
  const store = createMemoryStore();
  const event = (name: string): KubeObject =>
    ({ apiVersion: 'v1', kind: 'Event', metadata: { name, namespace: 'a' } }) as unknown as KubeObject;
  await store.create('/events/a/old', event('old'));
  const expiry = new EventExpiry(store, createLogger('test'));
  await expiry.start();
  await store.create('/events/a/new', event('new'));
  await store.create('/configmaps/a/x', event('x'));
  await expiry.expire(Date.now() + 30 * 60_000);
  assert.equal(store.count('/events/'), 2);
  await expiry.expire(Date.now() + 61 * 60_000);
  assert.equal(store.count('/events/'), 0);
  assert.equal(store.count('/configmaps/'), 1);
  expiry.stop();
});
