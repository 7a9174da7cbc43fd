import assert from 'node:assert/strict';
import { test } from 'node:test';
import pino from 'pino';
import { pods, replicationControllers } from '../../api/resources.ts';
import { eventually } from '../../system/testing/eventually.ts';
import { startControllers } from '../start.ts';
import { TestServer } from '../testing/server.ts';

test('a ReplicationController has its pods, replaces them, and says how many there are', async () => {
  const server = new TestServer();
  const stop = new AbortController();
  const running = startControllers({ client: server, logger: pino({ level: 'silent' }) }, stop.signal);
  const labels = { app: 'web' };
  const made = server.seed(replicationControllers, {
    apiVersion: 'v1',
    kind: 'ReplicationController',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      replicas: 2,
      selector: labels,
      template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i', resources: {} }] } },
    },
    status: { replicas: 0 },
  });
  const own = () => server.all(pods).filter(({ metadata }) => metadata.ownerReferences?.[0]?.uid === made.metadata.uid);
  await eventually('two pods', () => own().length === 2);
  const [first] = own();
  assert.deepEqual(
    [first?.metadata.ownerReferences?.[0]?.kind, first?.metadata.ownerReferences?.[0]?.apiVersion],
    ['ReplicationController', 'v1'],
  );
  await server.delete(pods, { name: first?.metadata.name ?? '', namespace: 'default' });
  await eventually(
    'two pods again',
    () => own().length === 2 && !own().some((pod) => pod.metadata.uid === first?.metadata.uid),
  );
  const stored = await eventually('its status', () => {
    const controller = server.stored(replicationControllers, 'web', 'default');
    return controller?.status.replicas === 2 && controller;
  });
  assert.deepEqual([stored.kind, stored.spec.selector], ['ReplicationController', labels]);
  stop.abort();
  await running;
});
