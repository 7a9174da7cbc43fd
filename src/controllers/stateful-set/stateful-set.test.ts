import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import type { StatefulSet } from '../../api/apps/stateful-set.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import { persistentVolumeClaims, pods, statefulSets } from '../../api/resources.ts';
import { pod } from '../testing/objects.ts';
import { withControllers } from '../testing/run.ts';
import type { TestServer } from '../testing/server.ts';
import { eventually } from '../../system/testing/eventually.ts';
import { claim } from '../testing/volumes.ts';
import { ordinalOf, statefulPod } from './identity.ts';
import type { StatefulSetState } from './reconcile.ts';
import { planPods, statusOf } from './reconcile.ts';
import { retained } from './retention.ts';

function statefulSet(spec: Partial<StatefulSet['spec']> = {}): StatefulSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: {
      name: 'db',
      namespace: 'default',
      uid: 'uid-db',
      resourceVersion: '1',
      creationTimestamp: '',
      generation: 1,
    },
    spec: {
      replicas: 3,
      serviceName: 'db',
      selector: { matchLabels: { app: 'db' } },
      template: {
        metadata: { labels: { app: 'db' } },
        spec: { containers: [{ name: 'main', image: 'db:1', resources: {} }] },
      },
      volumeClaimTemplates: [claim('data', { spec: { storageClassName: undefined } })],
      podManagementPolicy: 'OrderedReady',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
      ...spec,
    },
    status: { replicas: 0 },
  };
}

const template = statefulSet().spec.template;
const versions = { current: { name: 'db-old', template }, update: { name: 'db-new', template } };

/** The pods `db-0`, `db-1`, …: of the old version (`o`) or the new one (`n`), available where the letter is a capital. */
function fleet(letters: string): readonly Pod[] {
  return [...letters.matchAll(/./g)].flatMap(([letter], ordinal) => {
    if (letter === '-') return [];
    const name = `db-${ordinal}`;
    const revision = letter.toLowerCase() === 'n' ? 'db-new' : 'db-old';
    const labels = { app: 'db', 'controller-revision-hash': revision, 'statefulset.kubernetes.io/pod-name': name };
    const made = pod(name, { labels, ready: letter !== letter.toLowerCase(), node: 'n1' });
    if (letter === 'x') return [{ ...made, metadata: { ...made.metadata, deletionTimestamp: 'now' } }];
    return letter === 'f' ? [{ ...made, status: { phase: 'Failed' as const } }] : [made];
  });
}

function state(letters: string, change: Partial<StatefulSetState> = {}): StatefulSetState {
  return {
    set: statefulSet(),
    pods: fleet(letters),
    claim: () => claim('any'),
    ...versions,
    now: Date.now(),
    ...change,
  };
}

describe('the plan for a StatefulSet', () => {
  const rolling = (partition: number) =>
    statefulSet({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition } } });
  const parallel = (spec: Partial<StatefulSet['spec']> = {}) =>
    statefulSet({ podManagementPolicy: 'Parallel', ...spec });
  const small = { replicas: 1 };
  const cases: Record<string, readonly [StatefulSetState, create: readonly string[], remove: readonly string[]]> = {
    'the first': [state(''), ['db-0'], []],
    'the second waits for the first': [state('n'), [], []],
    'the second': [state('N'), ['db-1'], []],
    'all in parallel': [state('', { set: parallel() }), ['db-0', 'db-1', 'db-2'], []],
    'a gap is filled first': [state('N-N'), ['db-1'], []],
    'from another ordinal on': [state('', { set: statefulSet({ ordinals: { start: 5 } }) }), ['db-5'], []],
    complete: [state('NNN'), [], []],
    'one that has ended goes': [state('fNN'), [], ['db-0']],
    'one that is leaving is waited for': [state('xNN'), [], []],
    'too many: the highest': [state('NNN', { set: statefulSet(small) }), [], ['db-2']],
    'too many, one leaving': [state('NNx', { set: statefulSet(small) }), [], []],
    'too many, and the highest is broken': [state('NNn', { set: statefulSet(small) }), [], ['db-2']],
    'too many, and a lower one is broken': [state('NnN', { set: statefulSet(small) }), [], ['db-2']],
    'too many, and two are broken: the lower one first comes back': [state('Nnn', { set: statefulSet(small) }), [], []],
    'too many in parallel': [state('NNN', { set: parallel(small) }), [], ['db-2', 'db-1']],
    'an update begins with the highest': [state('OOO'), [], ['db-2']],
    'an update waits for it': [state('OOn'), [], []],
    'an update goes on': [state('OON'), [], ['db-1']],
    'an update waits while something is missing': [state('OO'), ['db-2'], []],
    'an update replaces a broken one': [state('NNo', { set: parallel() }), [], ['db-2']],
    'an update of a part': [state('OON', { set: rolling(2) }), [], []],
    'no update on delete': [state('OOO', { set: statefulSet({ updateStrategy: { type: 'OnDelete' } }) }), [], []],
    'nothing while it is being deleted': [
      state('', { set: { ...statefulSet(), metadata: { ...statefulSet().metadata, deletionTimestamp: 'now' } } }),
      [],
      [],
    ],
    'a claim of an earlier pod is waited for': [
      state('', { claim: () => claim('data-db-0', { metadata: { deletionTimestamp: 'now' } }) }),
      [],
      [],
    ],
  };
  for (const [name, [subject, create, remove]] of Object.entries(cases)) {
    it(name, () => {
      const plan = planPods(subject);
      assert.deepEqual(
        plan.create.map(({ metadata }) => metadata.name),
        create,
      );
      assert.deepEqual(
        plan.delete.map(({ metadata }) => metadata.name),
        remove,
      );
    });
  }
  it('creates in the old version what is below the partition', () => {
    const plan = planPods(
      state('', {
        set: statefulSet({
          podManagementPolicy: 'Parallel',
          updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } },
        }),
      }),
    );
    const made = plan.create.map(({ metadata }) => metadata.labels?.['controller-revision-hash']);
    assert.deepEqual(made, ['db-old', 'db-new', 'db-new']);
  });
  it('creates the claims that are missing', () => {
    const plan = planPods(state('', { claim: () => undefined }));
    assert.deepEqual(
      plan.createClaims.map(({ claim: { metadata } }) => [metadata.name, metadata.labels]),
      [['data-db-0', { app: 'db' }]],
    );
  });
  it('counts, and says when an update is complete', () => {
    const counts = ({
      replicas,
      readyReplicas,
      currentReplicas,
      updatedReplicas,
      currentRevision,
    }: StatefulSet['status']) => [replicas, readyReplicas, currentReplicas, updatedReplicas, currentRevision].join(' ');
    assert.equal(counts(statusOf(state('OOn'))), '3 2 2 1 db-old');
    assert.equal(counts(statusOf(state('NNN'))), '3 3 3 3 db-new');
  });
});

it('a pod has its name, its host name in the Service, and its claims', () => {
  const made = statefulPod(statefulSet(), 1, versions.update);
  assert.equal(made.metadata.name, 'db-1');
  assert.deepEqual([made.spec.hostname, made.spec.subdomain], ['db-1', 'db']);
  assert.deepEqual(made.spec.volumes, [
    { name: 'data', persistentVolumeClaim: { claimName: 'data-db-1', readOnly: false } },
  ]);
  assert.deepEqual(made.metadata.labels, {
    app: 'db',
    'statefulset.kubernetes.io/pod-name': 'db-1',
    'apps.kubernetes.io/pod-index': '1',
    'controller-revision-hash': 'db-new',
  });
});

describe('the ordinal of a pod', () => {
  const cases: Record<string, number | undefined> = {
    'db-0': 0,
    'db-12': 12,
    'db-01': undefined,
    'db-x': undefined,
    db: undefined,
    'dbx-1': undefined,
  };
  for (const [name, expected] of Object.entries(cases)) {
    it(name, () => assert.equal(ordinalOf(statefulSet(), pod(name)), expected));
  }
});

describe('whom a claim goes with', () => {
  const owners = (whenDeleted: string, whenScaled: string, condemned: boolean): string => {
    const set = statefulSet({ persistentVolumeClaimRetentionPolicy: { whenDeleted, whenScaled } });
    const use = { set, pod: pod('db-0'), condemned };
    const next = retained(claim('data-db-0'), use);
    return (next?.metadata.ownerReferences ?? []).map(({ kind }) => kind).join();
  };
  const cases: Record<string, readonly [string, string, boolean, string]> = {
    nobody: ['Retain', 'Retain', true, ''],
    'the set': ['Delete', 'Retain', true, 'StatefulSet'],
    'its pod, when the set is scaled down': ['Retain', 'Delete', true, 'Pod'],
    'nobody, as long as its pod is wanted': ['Retain', 'Delete', false, ''],
    'the set, as long as its pod is wanted': ['Delete', 'Delete', false, 'StatefulSet'],
    'its pod rather than the set': ['Delete', 'Delete', true, 'Pod'],
  };
  for (const [name, [whenDeleted, whenScaled, condemned, expected]] of Object.entries(cases)) {
    it(name, () => assert.equal(owners(whenDeleted, whenScaled, condemned), expected));
  }
});

function kubelet(server: TestServer): void {
  for (const each of server.all(pods)) {
    const { deletionTimestamp, name, namespace } = each.metadata;
    if (deletionTimestamp !== undefined) void server.delete(pods, { name, namespace }, { gracePeriodSeconds: 0 });
    else if (each.status.phase !== 'Running') {
      const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }];
      server.seed(pods, { ...each, spec: { ...each.spec, nodeName: 'n1' }, status: { phase: 'Running', conditions } });
    }
  }
}

test('a StatefulSet comes up, rolls from the top, and scales down without its claims', async () => {
  await withControllers(async (server) => {
    server.seed(statefulSets, statefulSet());
    const settled = (image: string, count: number) => () => {
      kubelet(server);
      const set = server.stored(statefulSets, 'db', 'default');
      const images = server.all(pods).map(({ spec }) => spec.containers[0]?.image);
      const done = images.length === count && images.every((each) => each === image);
      return (
        done && set?.status.readyReplicas === count && set.status.currentRevision === set.status.updateRevision && set
      );
    };
    const up = await eventually('three pods', settled('db:1', 3));
    const spec = { ...template.spec, containers: [{ name: 'main', image: 'db:2', resources: {} }] };
    await server.update(statefulSets, { ...up, spec: { ...up.spec, template: { ...template, spec } } });
    const rolled = await eventually('three new pods', settled('db:2', 3));
    await server.update(statefulSets, { ...rolled, spec: { ...rolled.spec, replicas: 1 } });
    await eventually('one pod', settled('db:2', 1));
    assert.deepEqual(
      server.all(persistentVolumeClaims).map(({ metadata }) => metadata.name),
      ['data-db-0', 'data-db-1', 'data-db-2'],
    );
  });
});
