import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import type { Ingress } from '../api/networking/ingress.schema.ts';
import { events, ingresses } from '../api/resources.ts';
import { createEventRecorder } from '../client/event-recorder.ts';
import { createFakeClient } from '../client/testing/fake-client.ts';
import { eventually } from '../system/testing/eventually.ts';
import type { Problem } from './plan/problem.ts';
import { Reporter } from './reporter.ts';
import { testIngress, testPath } from './testing/objects.ts';

test('one node writes addresses and tells each problem once; the next one knows what was told', async () => {
  const client = createFakeClient();
  const ingress = client.seed(ingresses, testIngress('a', { paths: [testPath('/', 'a')] }));
  const { apiVersion, kind, metadata } = ingress;
  const source = { apiVersion, kind, namespace: 'default', name: metadata.name, uid: metadata.uid };
  const problem: Problem = { source, reason: 'PathConflict', message: 'taken' };
  const told = (): readonly string[] =>
    client
      .all(events)
      .map(({ type, reason, message, count }) => `${type} ${reason} ${message} ×${count}`)
      .toSorted((a, b) => (a < b ? -1 : 1));
  const addresses = (): string =>
    (client.stored(ingresses, 'a', 'default')?.status.loadBalancer.ingress ?? []).map(({ ip }) => ip).join();
  const start = (nodeName: string) => {
    const recorder = createEventRecorder(client, { component: 'nginx-ingress-controller' });
    const stop = new AbortController();
    const current = (): Ingress | undefined => client.stored(ingresses, 'a', 'default');
    const lease = { name: 'l', namespace: 'kube-system' };
    const logger = pino({ level: 'silent' });
    const publishAddresses = ['10.0.0.2', '10.0.0.1'];
    const reporter = new Reporter({
      client,
      recorder,
      logger,
      nodeName,
      publishAddresses,
      lease,
      current,
      exists: ({ uid }) => current()?.metadata.uid === uid,
      lookAfterMs: 1,
    });
    const ended = reporter.run(stop.signal);
    const end = async (): Promise<void> => {
      stop.abort();
      await ended;
      await recorder.flush();
    };
    return { reporter, recorder, end };
  };

  const one = start('node-1');
  await sleep(5);
  const two = start('node-2');
  await sleep(5);
  for (const { reporter } of [one, two]) {
    reporter.scheduled(ingress);
    reporter.update({ served: ['default/a'], problems: () => [problem] });
    await sleep(10);
    reporter.update({ served: ['default/a'], problems: () => [problem] });
  }
  await eventually('the addresses', () => addresses() === '10.0.0.1,10.0.0.2');
  const first = ['Normal Sync Scheduled for sync ×1', 'Warning PathConflict taken ×1'];
  await eventually('the events', () => told().length >= first.length);
  assert.deepEqual(told(), first);
  const statusWrites = client.writes.filter(({ subresource }) => subresource === 'status');
  assert.equal(statusWrites.length, 1);
  await one.end();
  await two.end();

  // The next leader knows what was told, and says once that it is over.
  const three = start('node-3');
  await eventually('the end of the problem', () => {
    three.reporter.update({ served: ['default/a'], problems: () => [] });
    return told().length > first.length;
  });
  assert.deepEqual(told(), ['Normal Resolved No longer so: taken ×1', ...first]);
  await three.end();
});
