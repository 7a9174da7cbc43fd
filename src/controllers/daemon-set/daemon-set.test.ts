import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import type { DaemonSet } from '../../api/apps/daemon-set.schema.ts';
import type { Node } from '../../api/core/node.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import { controllerRevisions, daemonSets, nodes, pods } from '../../api/resources.ts';
import { node, pod } from '../testing/objects.ts';
import { withControllers } from '../testing/run.ts';
import { eventually } from '../../system/testing/eventually.ts';
import { FailedPods } from './failed-pods.ts';
import { daemonPod, placementOn, targetNode } from './placement.ts';
import type { DaemonSetState } from './reconcile.ts';
import { planPods, statusOf } from './reconcile.ts';

type Template = Partial<DaemonSet['spec']['template']['spec']>;

function daemonSet(spec: Partial<DaemonSet['spec']> = {}, template: Template = {}): DaemonSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: {
      name: 'agent',
      namespace: 'default',
      uid: 'uid-agent',
      resourceVersion: '1',
      creationTimestamp: '',
      generation: 1,
    },
    spec: {
      selector: { matchLabels: { app: 'agent' } },
      template: {
        metadata: { labels: { app: 'agent' } },
        spec: { containers: [{ name: 'main', image: 'agent:1', resources: {} }], ...template },
      },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
      ...spec,
    },
    status: { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 },
  };
}

/** A pod of the set on a node: of the old template (`o`) or the new one (`n`), ready where the letter is a capital. */
function on(host: string, letter: string, change: Parameters<typeof pod>[1] = {}): Pod {
  const hash = letter.toLowerCase() === 'n' ? 'new' : 'old';
  const labels = { app: 'agent', 'controller-revision-hash': hash };
  return pod(`${host}-${letter}`, { node: host, labels, ready: letter === letter.toUpperCase(), ...change });
}

describe('where a daemon runs', () => {
  const taint = (key: string, effect: 'NoExecute' | 'NoSchedule') => node('n1', { taints: [{ key, effect }] });
  const cases: Record<string, readonly [Node, Template, string]> = {
    'on any node': [node('n1'), {}, 'run stay'],
    'not off its own node': [node('n1'), { nodeName: 'n2' }, ''],
    'where its selector says': [node('n1'), { nodeSelector: { disk: 'ssd' } }, ''],
    'not where a taint keeps it away, but it may stay': [taint('k', 'NoSchedule'), {}, 'stay'],
    'not where a taint drives it off': [taint('k', 'NoExecute'), {}, ''],
    'on a node that is lost': [taint('node.kubernetes.io/unreachable', 'NoExecute'), {}, 'run stay'],
    'on a node that is cordoned': [taint('node.kubernetes.io/unschedulable', 'NoSchedule'), {}, 'run stay'],
    'not before there is a network': [taint('node.kubernetes.io/network-unavailable', 'NoSchedule'), {}, 'stay'],
    'before there is a network, on that of the host': [
      taint('node.kubernetes.io/network-unavailable', 'NoSchedule'),
      { hostNetwork: true },
      'run stay',
    ],
  };
  for (const [name, [subject, template, expected]] of Object.entries(cases)) {
    it(name, () => {
      const { run, stay } = placementOn(subject, daemonSet({}, template));
      assert.equal([run ? 'run' : '', stay ? 'stay' : ''].filter((word) => word !== '').join(' '), expected);
    });
  }
  it('its pod can be placed on its node alone, besides what its template asks', () => {
    const nodeSelectorTerms = [{ matchExpressions: [{ key: 'disk', operator: 'Exists' as const }] }];
    const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } };
    const made = daemonPod(daemonSet({}, { affinity }), 'n1', 'h');
    assert.deepEqual(
      made.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms,
      [{ ...nodeSelectorTerms[0], matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n1'] }] }],
    );
    assert.equal(targetNode(made as Pod), 'n1');
    assert.equal(made.metadata.labels?.['controller-revision-hash'], 'h');
  });
});

describe('the plan for the pods of a daemon', () => {
  const surge = (maxSurge: number): DaemonSet['spec']['updateStrategy'] => {
    return { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable: 0 } };
  };
  interface Case {
    readonly pods: readonly Pod[];
    readonly strategy?: DaemonSet['spec']['updateStrategy'];
    readonly state?: Partial<DaemonSetState>;
    readonly create?: readonly string[];
    readonly delete?: readonly string[];
  }
  const leaving = { deleting: true };
  const cases: Record<string, Case> = {
    'one a node': { pods: [on('n1', 'N')], create: ['n2', 'n3'] },
    'none where one is still being stopped': { pods: [on('n1', 'N', leaving), on('n2', 'N'), on('n3', 'N')] },
    'the oldest of several': {
      pods: [on('n1', 'N', { created: '2026-01-01T00:00:02Z' }), on('n1', 'n'), on('n2', 'N'), on('n3', 'N')],
      delete: ['n1-N'],
    },
    'a failed one is replaced': {
      pods: [on('n1', 'n', { phase: 'Failed' }), on('n2', 'N'), on('n3', 'N')],
      delete: ['n1-n'],
    },
    'a failed one is not replaced at once again': {
      pods: [on('n1', 'n', { phase: 'Failed' }), on('n2', 'N'), on('n3', 'N')],
      state: { mayReplaceFailed: () => false },
    },
    'a pod goes where it may not stay': {
      pods: [on('n1', 'N'), on('n2', 'N')],
      state: { nodes: [node('n1'), node('n2', { taints: [{ key: 'k', effect: 'NoExecute' }] })] },
      delete: ['n2-N'],
    },
    'an update takes one at a time': { pods: [on('n1', 'O'), on('n2', 'O'), on('n3', 'O')], delete: ['n1-O'] },
    'an update waits for the new pod': { pods: [on('n1', 'n'), on('n2', 'O'), on('n3', 'O')] },
    'an update takes what serves nobody first, and beyond its limit': {
      pods: [on('n1', 'n'), on('n2', 'o'), on('n3', 'O')],
      delete: ['n2-o'],
    },
    'no update on delete': { pods: [on('n1', 'O'), on('n2', 'O'), on('n3', 'O')], strategy: { type: 'OnDelete' } },
    'an update with surge makes the new one first': {
      pods: [on('n1', 'O'), on('n2', 'O'), on('n3', 'O')],
      strategy: surge(1),
      create: ['n1'],
    },
    'an update with surge waits for it': {
      pods: [on('n1', 'O'), on('n1', 'n'), on('n2', 'O'), on('n3', 'O')],
      strategy: surge(1),
    },
    'an update with surge then deletes the old one': {
      pods: [on('n1', 'O'), on('n1', 'N'), on('n2', 'O'), on('n3', 'O')],
      strategy: surge(1),
      delete: ['n1-O'],
    },
    'an update with surge replaces beside what serves nobody': {
      pods: [on('n1', 'O'), on('n1', 'n'), on('n2', 'o'), on('n3', 'O')],
      strategy: surge(1),
      create: ['n2'],
    },
  };
  for (const [name, { pods: present, strategy, state, ...expected }] of Object.entries(cases)) {
    it(name, () => {
      const subject = daemonSet(strategy === undefined ? {} : { updateStrategy: strategy });
      const all = ['n1', 'n2', 'n3'].map((host) => node(host));
      const usual = {
        daemonSet: subject,
        nodes: all,
        pods: present,
        hash: 'new',
        mayReplaceFailed: () => true,
        now: Date.now(),
      };
      const plan = planPods({ ...usual, ...state });
      assert.deepEqual(plan.create, expected.create ?? []);
      assert.deepEqual(
        plan.delete.map(({ metadata }) => metadata.name),
        expected.delete ?? [],
      );
    });
  }
  it('counts', () => {
    const all = [node('n1'), node('n2'), node('n3'), node('n4', { taints: [{ key: 'k', effect: 'NoSchedule' }] })];
    const present = [on('n1', 'N'), on('n2', 'o'), on('n4', 'O')];
    const status = statusOf({
      daemonSet: daemonSet(),
      nodes: all,
      pods: present,
      hash: 'new',
      mayReplaceFailed: () => true,
      now: Date.now(),
    });
    assert.deepEqual(status, {
      currentNumberScheduled: 2,
      numberMisscheduled: 1,
      desiredNumberScheduled: 3,
      numberReady: 1,
      observedGeneration: 1,
      updatedNumberScheduled: 1,
      numberAvailable: 1,
      numberUnavailable: 2,
    });
  });
});

it('failed pods are replaced ever more slowly, node by node', () => {
  const failed = new FailedPods();
  assert.equal(failed.waitMs('d', 'n1', 0), 0);
  assert.equal(failed.waitMs('d', 'n1', 400), 600);
  assert.equal(failed.waitMs('d', 'n2', 400), 0);
  assert.equal(failed.waitMs('d', 'n1', 1000), 0);
  assert.equal(failed.waitMs('d', 'n1', 1000), 2000);
  assert.equal(failed.waitMs('d', 'n1', 100_000), 0);
  assert.equal(failed.waitMs('d', 'n1', 100_000), 1000);
});

test('a DaemonSet has a pod on each node, follows its nodes, and rolls', async () => {
  await withControllers(async (server) => {
    server.seed(nodes, node('n1'));
    server.seed(nodes, node('n2'));
    server.seed(daemonSets, daemonSet());
    const placed = () =>
      server
        .all(pods)
        .flatMap((each) => targetNode(each) ?? [])
        .toSorted((a, b) => (a < b ? -1 : 1));
    const kubelet = (): void => {
      for (const each of server.all(pods)) {
        const { deletionTimestamp, name, namespace } = each.metadata;
        if (deletionTimestamp !== undefined) void server.delete(pods, { name, namespace }, { gracePeriodSeconds: 0 });
        else if (each.status.phase !== 'Running') {
          const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }];
          server.seed(pods, {
            ...each,
            spec: { ...each.spec, nodeName: targetNode(each) },
            status: { phase: 'Running', conditions },
          });
        }
      }
    };
    await eventually('two pods', () => placed().length === 2);
    kubelet();
    server.seed(nodes, node('n3'));
    await eventually('three pods', () => placed().join() === 'n1,n2,n3');
    kubelet();
    await eventually('three ready', () => server.stored(daemonSets, 'agent', 'default')?.status.numberAvailable === 3);
    const [first] = server.all(controllerRevisions);
    assert.equal(first?.revision, 1);
    const stored = server.stored(daemonSets, 'agent', 'default');
    assert.ok(stored !== undefined);
    const template = {
      ...stored.spec.template,
      spec: { containers: [{ name: 'main', image: 'agent:2', resources: {} }] },
    };
    await server.update(daemonSets, { ...stored, spec: { ...stored.spec, template } });
    await eventually('all new', () => {
      kubelet();
      const images = server.all(pods).map(({ spec }) => spec.containers[0]?.image);
      return images.length === 3 && images.every((image) => image === 'agent:2');
    });
    assert.deepEqual(
      server
        .all(controllerRevisions)
        .map(({ revision }) => revision)
        .toSorted((a, b) => a - b),
      [1, 2],
    );
  });
});
