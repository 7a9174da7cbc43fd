import assert from 'node:assert/strict';
import { test } from 'node:test';
import pino from 'pino';
import {
  deployments,
  endpoints,
  endpointSlices,
  events,
  nodes,
  pods,
  replicaSets,
  services,
} from '../api/resources.ts';
import { startControllers } from './start.ts';
import { deployment, node, service } from './testing/objects.ts';
import { eventually } from '../system/testing/eventually.ts';
import { TestServer } from './testing/server.ts';

test('a Deployment becomes pods, and their readiness shows in its Service', async () => {
  const server = new TestServer();
  const stop = new AbortController();
  const logger = pino({ level: process.env['COX_LOG_LEVEL'] ?? 'silent' });
  server.seed(nodes, node('n1'));
  server.seed(services, service('web'));
  const running = startControllers({ client: server, logger }, stop.signal);
  try {
    server.seed(deployments, deployment('web', { replicas: 2 }));
    const created = await eventually('two pods', () => {
      const all = server.all(pods);
      return all.length === 2 && all;
    });
    for (const [index, pod] of created.entries()) {
      const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:01Z' }];
      server.seed(pods, {
        ...pod,
        spec: { ...pod.spec, nodeName: 'n1' },
        status: { phase: 'Running', podIP: `10.0.0.${index + 1}`, conditions },
      });
    }
    await eventually('two ready endpoints', () => {
      const [slice] = server.all(endpointSlices);
      return slice?.endpoints?.filter(({ conditions }) => conditions?.ready === true).length === 2;
    });
    await eventually(
      'two addresses',
      () => server.stored(endpoints, 'web', 'default')?.subsets?.[0]?.addresses?.length === 2,
    );
    const done = await eventually('an available Deployment', () => {
      const stored = server.stored(deployments, 'web', 'default');
      return stored?.status.availableReplicas === 2 && stored;
    });
    assert.deepEqual(
      done.status.conditions?.map(({ type, status, reason }) => `${type} ${status} ${reason}`),
      ['Available True MinimumReplicasAvailable', 'Progressing True NewReplicaSetAvailable'],
    );
    assert.equal(server.all(replicaSets).length, 1);
    await eventually('events', () => {
      const reasons = new Set(server.all(events).map(({ reason }) => reason));
      return reasons.has('ScalingReplicaSet') && reasons.has('SuccessfulCreate');
    });
  } finally {
    stop.abort();
    await running;
  }
});
