import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import type { Pod } from '../api/core/pod.schema.ts';
import { nodes, persistentVolumeClaims, persistentVolumes, pods, storageClasses } from '../api/resources.ts';
import { StatusError } from '../api/status-error.ts';
import type { FakeClient } from '../client/testing/fake-client.ts';
import { createFakeClient } from '../client/testing/fake-client.ts';
import { startScheduler } from './scheduler.ts';
import { eventually } from '../system/testing/eventually.ts';
import { boundClaim, claim, node, placedPod, pod, storageClass, volume } from './testing/objects.ts';

describe('scheduler', () => {
  let client: FakeClient;
  let stop: AbortController;
  let running: Promise<void>;
  let events: string[];

  beforeEach(() => {
    client = createFakeClient();
    stop = new AbortController();
    events = [];
  });
  afterEach(async () => {
    stop.abort();
    await running;
  });
  const start = (): void => {
    running = startScheduler(
      {
        client,
        logger: pino({ level: 'silent' }),
        recorder: {
          event: (object, type, reason, message) => {
            const name = 'metadata' in object ? object.metadata.name : object.name;
            events.push(`${name}: ${type} ${reason} ${message}`);
          },
          flush: () => Promise.resolve(),
        },
      },
      stop.signal,
    );
  };
  const stored = (name: string): Pod | undefined => client.stored(pods, name, 'default');

  it('gives pods nodes, and counts each before the server has said so', async () => {
    client.seed(nodes, node('a'));
    client.seed(nodes, node('b'));
    for (const name of ['p', 'q']) client.seed(pods, pod(name, { requests: { cpu: '3' } }));
    start();
    await eventually('placed', () => ['p', 'q'].every((name) => stored(name)?.spec.nodeName !== undefined));
    assert.notEqual(stored('p')?.spec.nodeName, stored('q')?.spec.nodeName);
    assert.ok(events.includes(`p: Normal Scheduled Successfully assigned default/p to ${stored('p')?.spec.nodeName}`));
  });

  it('leaves alone gated pods, those of other schedulers, and ended ones', async () => {
    client.seed(nodes, node('a'));
    client.seed(pods, pod('gated', { spec: { schedulingGates: [{ name: 'x' }] } }));
    client.seed(pods, pod('foreign', { spec: { schedulerName: 'mine' } }));
    client.seed(pods, pod('ended', { status: { phase: 'Failed' } }));
    client.seed(pods, pod('ours'));
    start();
    await eventually('placed', () => stored('ours')?.spec.nodeName === 'a');
    await sleep(20);
    for (const name of ['gated', 'foreign', 'ended']) assert.equal(stored(name)?.spec.nodeName, undefined, name);
    const gated = stored('gated');
    assert.ok(gated);
    await client.update(pods, { ...gated, spec: { ...gated.spec, schedulingGates: [] } });
    await eventually('placed once its gates are open', () => stored('gated')?.spec.nodeName === 'a');
  });

  it('says why a pod has no node, and places it when there is one', async () => {
    client.seed(nodes, node('a', { allocatable: { cpu: '1' } }));
    client.seed(pods, pod('p', { requests: { cpu: '2' } }));
    start();
    await eventually('told', () => stored('p')?.status.conditions !== undefined);
    const [condition] = stored('p')?.status.conditions ?? [];
    const message =
      '0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.';
    assert.deepEqual(
      [condition?.type, condition?.status, condition?.reason, condition?.message],
      ['PodScheduled', 'False', 'Unschedulable', message],
    );
    assert.deepEqual(events, [`p: Warning FailedScheduling ${message}`]);
    client.seed(nodes, node('b'));
    await eventually('placed', () => stored('p')?.spec.nodeName === 'b');
  });

  it('takes back what it assumed when the server refuses', async () => {
    client.seed(nodes, node('a'));
    client.seed(pods, pod('p', { requests: { cpu: '3' } }));
    let refused = 0;
    client.react(({ verb, subresource }) => {
      if (verb !== 'post' || subresource !== 'binding' || refused > 0) return;
      refused += 1;
      throw new StatusError('InternalError', 'no');
    });
    start();
    await eventually('refused', () => refused === 1);
    await eventually('placed in the end', () => stored('p')?.spec.nodeName === 'a');
    assert.match(events[0] ?? '', /^p: Warning FailedScheduling no$/);
  });

  it('chooses the node, has the volume bound there, and only then places the pod', async () => {
    client.seed(nodes, node('a'));
    client.seed(nodes, node('b'));
    client.seed(storageClasses, storageClass('local'));
    client.seed(persistentVolumes, volume('v', 'b', { storageClassName: 'local' }));
    client.seed(persistentVolumeClaims, claim('d', { storageClassName: 'local' }));
    const volumes = [{ name: 'd', persistentVolumeClaim: { claimName: 'd' } }];
    client.seed(pods, pod('p', { spec: { volumes } }));
    start();
    const selected = (): string | undefined =>
      client.stored(persistentVolumeClaims, 'd', 'default')?.metadata.annotations?.[
        'volume.kubernetes.io/selected-node'
      ];
    await eventually('selected', () => selected() === 'b');
    await sleep(20);
    assert.equal(stored('p')?.spec.nodeName, undefined);
    const current = client.stored(persistentVolumeClaims, 'd', 'default');
    assert.ok(current);
    const bound = boundClaim('d', 'v');
    await client.update(persistentVolumeClaims, {
      ...current,
      metadata: {
        ...current.metadata,
        annotations: { ...current.metadata.annotations, ...bound.metadata.annotations },
      },
      spec: { ...current.spec, volumeName: 'v' },
    });
    await eventually('placed', () => stored('p')?.spec.nodeName === 'b');
  });

  it('looks for another node when another claim takes the volume', async () => {
    client.seed(nodes, node('a'));
    client.seed(storageClasses, storageClass('local'));
    const free = client.seed(persistentVolumes, volume('v', 'a', { storageClassName: 'local' }));
    client.seed(persistentVolumeClaims, claim('d', { storageClassName: 'local' }));
    client.seed(pods, pod('p', { spec: { volumes: [{ name: 'd', persistentVolumeClaim: { claimName: 'd' } }] } }));
    start();
    const asked = (): boolean => client.writes.some(({ resource }) => resource === 'persistentvolumeclaims');
    await eventually('selected', asked);
    client.seed(persistentVolumes, {
      ...free,
      spec: { ...free.spec, claimRef: { namespace: 'default', name: 'other', uid: 'x' } },
      status: { phase: 'Bound' },
    });
    await eventually('told', () => events.some((event) => event.includes('no volume is left on a')));
  });

  it('ends a less important pod to make room, and keeps the room', async () => {
    client.seed(nodes, node('a'));
    client.seed(pods, placedPod('low', 'a', { requests: { cpu: '3' } }));
    client.seed(pods, pod('high', { requests: { cpu: '3' }, spec: { priority: 100 } }));
    start();
    await eventually('ending', () => stored('low')?.metadata.deletionTimestamp !== undefined);
    const condition = stored('low')?.status.conditions?.find(({ type }) => type === 'DisruptionTarget');
    assert.equal(condition?.reason, 'PreemptionByScheduler');
    await eventually('nominated', () => stored('high')?.status.nominatedNodeName === 'a');
    assert.ok(events.includes('low: Normal Preempted Preempted by pod uid-high on node a'));
    assert.ok(events.includes('high: Warning FailedScheduling 0/1 nodes are available: 1 Insufficient cpu.'));
    client.seed(pods, pod('slips-in', { requests: { cpu: '3' } }));
    await client.delete(pods, { name: 'low', namespace: 'default' }, { gracePeriodSeconds: 0 });
    await eventually('placed', () => stored('high')?.spec.nodeName === 'a');
    assert.equal(stored('slips-in')?.spec.nodeName, undefined);
  });
});
