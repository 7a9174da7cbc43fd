import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import type { Node } from '../../api/core/node.schema.ts';
import { events, nodes } from '../../api/resources.ts';
import { createEventRecorder } from '../../client/event-recorder.ts';
import { createInformer } from '../../client/informer.ts';
import type { FakeClient } from '../../client/testing/fake-client.ts';
import { createFakeClient } from '../../client/testing/fake-client.ts';
import type { RuntimeConnection } from '../cri/connection.ts';
import type { NodeFacts } from './node-object.ts';
import { NodeReporter } from './node-reporter.ts';

const facts: NodeFacts = {
  name: 'node-1',
  hostname: 'node-1',
  addresses: ['192.0.2.1'],
  kubeletPort: 10250,
  kubernetesVersion: 'v1.36.0',
  maxPods: 110,
  machine: {
    cpus: 2,
    memory: 4 * 2 ** 30,
    disk: 100 * 2 ** 30,
    architecture: 'amd64',
    kernelVersion: '6.1',
    osImage: 'Linux',
    machineId: 'm',
    systemUuid: 's',
    bootId: 'b',
  },
};

interface Played {
  readonly client: FakeClient;
  /** What the runtime answers; an error when it is down. */
  network: boolean | Error;
  readonly readiness: () => string;
  readonly until: (what: string, check: () => boolean) => Promise<void>;
  ready: number;
}

async function withReporter(network: boolean, use: (played: Played) => Promise<void>): Promise<void> {
  const abort = new AbortController();
  const client = createFakeClient();
  const logger = pino({ level: 'silent' });
  const informer = createInformer(client, nodes);
  const played: Played = {
    client,
    network,
    ready: 0,
    readiness: () => {
      const { status, reason, message } =
        stored(client)?.status?.conditions?.find(({ type }) => type === 'Ready') ?? {};
      return `${status} ${reason} ${message}`;
    },
    until: async (what, check) => {
      for (let attempt = 0; !check(); attempt += 1) {
        assert.ok(attempt < 200, what);
        await sleep(10);
      }
    },
  };
  const condition = (type: string, status: boolean) => ({
    type,
    status,
    reason: 'NetworkPluginNotReady',
    message: 'cni plugin not initialized',
  });
  const runtime = {
    version: () => Promise.resolve({ runtimeName: 'containerd', runtimeVersion: '1.6.20~ds1' }),
    status: () => {
      if (played.network instanceof Error) return Promise.reject(played.network);
      return Promise.resolve({
        status: { conditions: [condition('RuntimeReady', true), condition('NetworkReady', played.network)] },
      });
    },
  };
  const connection = {
    runtime,
    images: { listImages: () => Promise.resolve({ images: [] }) },
  } as unknown as RuntimeConnection;
  const reporter = new NodeReporter({
    client,
    connection,
    facts,
    directory: tmpdir(),
    informer,
    events: createEventRecorder(client, { component: 'kubelet' }),
    logger,
    now: Date.now,
    onReady: () => (played.ready += 1),
  });
  const running = [informer.start(abort.signal), reporter.run(abort.signal)];
  try {
    await use(played);
  } finally {
    abort.abort();
    await Promise.all(running);
  }
}

const stored = (client: FakeClient): Node | undefined => client.stored(nodes, 'node-1');

test('a node is registered, ready as soon as its runtime is, and says so once', () =>
  withReporter(false, async (played) => {
    await played.until('not ready', () => played.readiness().startsWith('False'));
    assert.equal(
      played.readiness(),
      'False KubeletNotReady container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:cni plugin not initialized',
    );
    played.network = true;
    await played.until('ready', () => played.readiness().startsWith('True'));
    assert.equal(played.readiness(), 'True KubeletReady kubelet is posting ready status');
    const { status, metadata } = stored(played.client) ?? {};
    assert.equal(status?.nodeInfo?.containerRuntimeVersion, 'containerd://1.6.20');
    assert.deepEqual(status?.capacity, { cpu: '2', 'ephemeral-storage': '100Gi', memory: '4Gi', pods: '110' });
    assert.equal(metadata?.labels?.['kubernetes.io/hostname'], 'node-1');
    await played.until('announced', () => played.ready === 1 && played.client.all(events).length === 2);
    assert.deepEqual(
      played.client.all(events).map(({ message }) => message),
      ['Starting kubelet.', 'Node node-1 status is now: NodeReady'],
    );
  }));

test('a node that is deleted is registered anew; one that was written off objects', () =>
  withReporter(true, async (played) => {
    await played.until('ready', () => played.readiness().startsWith('True'));
    const { uid } = stored(played.client)?.metadata ?? {};
    await played.client.delete(nodes, { name: 'node-1' });
    await played.until(
      'anew',
      () => played.readiness().startsWith('True') && stored(played.client)?.metadata.uid !== uid,
    );
    const conditions = [{ type: 'Ready', status: 'Unknown', reason: 'NodeStatusUnknown' }];
    await played.client.patch(
      nodes,
      { name: 'node-1' },
      'strategic',
      { status: { conditions } },
      { subresource: 'status' },
    );
    await played.until('ready again', () => played.readiness().startsWith('True'));
  }));
