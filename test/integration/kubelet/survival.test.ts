import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Pod } from '../../../src/api/core/pod.schema.ts';
import { KubeletCluster } from './cluster.ts';
import { whyNotHere } from './machine.ts';

const skip = whyNotHere() ?? false;
let cluster: KubeletCluster;

const server = ['sh', '-c', 'trap "exit 0" TERM; while true; do sleep 0.1; done'];
const containerId = (pod: Pod): string | undefined => pod.status.containerStatuses?.[0]?.containerID;
const restarts = (pod: Pod): number | undefined => pod.status.containerStatuses?.[0]?.restartCount;

describe('what pods survive', { skip }, () => {
  before(async () => {
    cluster = await KubeletCluster.start();
    await cluster.startKubelet();
  });
  after(() => cluster.close());

  test('the end of the kubelet touches no container; what was deleted meanwhile is ended when it is back', async () => {
    const readinessProbe = { exec: { command: ['true'] }, periodSeconds: 1 };
    await cluster.create('stays', { containers: [{ name: 'c', command: server, readinessProbe }] });
    await cluster.create('deleted', { containers: [{ name: 'c', command: server }] });
    await cluster.create('orphaned', { containers: [{ name: 'c', command: server }] });
    const [stays, deleted, orphaned] = [
      await cluster.running('stays'),
      await cluster.running('deleted'),
      await cluster.running('orphaned'),
    ];
    await cluster.stopKubelet();
    await cluster.delete('deleted');
    await cluster.delete('orphaned', { gracePeriodSeconds: 0 });
    const writes = cluster.countWrites();
    await cluster.startKubelet();
    await cluster.gone('deleted');
    for (const pod of [deleted, orphaned]) await cluster.nothingLeft(pod);
    const now = await cluster.get('stays');
    assert.deepEqual(now.status, stays.status, 'the status stands as it was');
    assert.equal(writes().filter((name) => name === 'stays').length, 0);
  });

  test('the end of containerd touches no container', async () => {
    const before = await cluster.running('stays');
    await cluster.machine.killContainerd();
    await cluster.machine.startContainerd();
    await cluster.create('afterwards', { containers: [{ name: 'c', command: server }] });
    await cluster.running('afterwards');
    const now = await cluster.get('stays');
    assert.deepEqual([containerId(now), restarts(now)], [containerId(before), 0]);
    await cluster.delete('afterwards');
    await cluster.gone('afterwards');
  });

  test('a container that is killed from outside comes again in the same sandbox', async () => {
    const before = await cluster.running('stays');
    await cluster.machine.ctr('task', 'kill', '-s', 'SIGKILL', containerId(before)?.replace('containerd://', '') ?? '');
    const now = await cluster.until(
      'stays',
      'restarted',
      (pod) => restarts(pod) === 1 && pod.status.containerStatuses?.[0]?.ready === true,
    );
    assert.equal(now.status.podIP, before.status.podIP);
    assert.equal(now.status.containerStatuses?.[0]?.lastState?.terminated?.exitCode, 137);
  });

  test('after a restart of the whole machine the same pods run again, in new sandboxes', async () => {
    await cluster.create('done', { restartPolicy: 'Never', containers: [{ name: 'c', command: ['true'] }] });
    await cluster.create('once', { restartPolicy: 'Never', containers: [{ name: 'c', command: server }] });
    await cluster.running('once');
    const done = await cluster.until('done', 'complete', (pod) => pod.status.phase === 'Succeeded');
    const before = await cluster.running('stays');
    await cluster.stopKubelet();
    await cluster.machine.loseEverythingRunning();
    await cluster.machine.startContainerd();
    await cluster.startKubelet();
    const now = await cluster.until(
      'stays',
      'restarted',
      (pod) => restarts(pod) === 2 && pod.status.containerStatuses?.[0]?.ready === true,
    );
    assert.equal(now.metadata.uid, before.metadata.uid);
    assert.notEqual(now.status.podIP, undefined);
    await cluster.recorded(now, 'Normal SandboxChanged Pod sandbox changed, it will be killed and re-created.');
    const once = await cluster.until('once', 'failed', (pod) => pod.status.phase === 'Failed');
    assert.equal(restarts(once), 0);
    assert.deepEqual((await cluster.get('done')).status.containerStatuses, done.status.containerStatuses);
    for (const name of ['stays', 'done', 'once']) {
      await cluster.delete(name);
      await cluster.gone(name);
    }
    for (const pod of [now, once, done]) await cluster.nothingLeft(pod);
    assert.deepEqual(await cluster.machine.addresses(), []);
  });
});
