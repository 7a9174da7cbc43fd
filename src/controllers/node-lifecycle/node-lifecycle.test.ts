import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import type { Node } from '../../api/core/node.schema.ts';
import { events, nodes, pods } from '../../api/resources.ts';
import { node, pod } from '../testing/objects.ts';
import { withControllers } from '../testing/run.ts';
import { eventually } from '../../system/testing/eventually.ts';
import { Heartbeats } from './heartbeats.ts';
import type { NodeState } from './reconcile.ts';
import { reconcile } from './reconcile.ts';
import { evictionIntervalOf, zoneHealth } from './zones.ts';

const now = Date.parse('2026-01-01T00:10:00Z');
const added = '2026-01-01T00:10:00Z';

function withConditions(conditions: Record<string, string>, spec: Partial<Node['spec']> = {}): Node {
  const plain = node('n1', spec);
  return { ...plain, status: { conditions: Object.entries(conditions).map(([type, status]) => ({ type, status })) } };
}

describe('the plan for a node', () => {
  interface Case {
    readonly state: Partial<NodeState> & { readonly node: Node };
    readonly conditions?: string;
    readonly taints?: readonly string[];
    readonly unready?: readonly string[];
    readonly lost?: true;
    readonly requeueAfterMs?: number;
  }
  const unreachable = { key: 'node.kubernetes.io/unreachable', timeAdded: added };
  const both = [
    { ...unreachable, effect: 'NoSchedule' as const },
    { ...unreachable, effect: 'NoExecute' as const },
  ];
  const cases: Record<string, Case> = {
    'well: looked at again when its silence would be too long': {
      state: { node: withConditions({ Ready: 'True' }), silenceMs: 10_000 },
      requeueAfterMs: 30_000,
    },
    'silent for too long: unknown, tainted, its pods not ready': {
      state: {
        node: withConditions({ Ready: 'True', MemoryPressure: 'False', DiskPressure: 'False', PIDPressure: 'False' }),
        silenceMs: 40_000,
        pods: [pod('a', { ready: true }), pod('b')],
      },
      conditions: 'Ready=Unknown MemoryPressure=Unknown DiskPressure=Unknown PIDPressure=Unknown',
      taints: ['unreachable:NoSchedule', 'unreachable:NoExecute'],
      unready: ['a'],
      lost: true,
    },
    'silent, and pods may not be driven off': {
      state: {
        node: withConditions(
          { Ready: 'Unknown', MemoryPressure: 'Unknown', DiskPressure: 'Unknown', PIDPressure: 'Unknown' },
          { taints: both },
        ),
        silenceMs: 90_000,
        evictionInMs: undefined,
      },
      taints: ['unreachable:NoSchedule'],
    },
    'silent, and another node has just begun to lose its pods': {
      state: { node: withConditions({ Ready: 'False' }), evictionInMs: 7000 },
      taints: ['not-ready:NoSchedule'],
      requeueAfterMs: 7000,
    },
    'lost before: nothing more to do': {
      state: {
        node: withConditions(
          { Ready: 'Unknown', MemoryPressure: 'Unknown', DiskPressure: 'Unknown', PIDPressure: 'Unknown' },
          { taints: both },
        ),
        silenceMs: 90_000,
      },
    },
    'back: its taints go, others stay': {
      state: { node: withConditions({ Ready: 'True' }, { taints: [...both, { key: 'mine', effect: 'NoExecute' }] }) },
      taints: ['mine:NoExecute'],
      requeueAfterMs: 40_000,
    },
    'not ready instead of unreachable: the taint is swapped at once': {
      state: { node: withConditions({ Ready: 'False' }, { taints: both }), evictionInMs: 9000 },
      taints: ['not-ready:NoSchedule', 'not-ready:NoExecute'],
      requeueAfterMs: 40_000,
    },
    'cordoned and short of memory': {
      state: { node: withConditions({ Ready: 'True', MemoryPressure: 'True' }, { unschedulable: true }) },
      taints: ['memory-pressure:NoSchedule', 'unschedulable:NoSchedule'],
      requeueAfterMs: 40_000,
    },
    'new, and it has said nothing yet': {
      state: { node: withConditions({}), silenceMs: 50_000 },
      taints: ['not-ready:NoSchedule'],
      requeueAfterMs: 10_000,
    },
    'new, and it never says anything': {
      state: { node: withConditions({}), silenceMs: 60_000 },
      conditions: 'Ready=Unknown MemoryPressure=Unknown DiskPressure=Unknown PIDPressure=Unknown',
      taints: ['unreachable:NoSchedule', 'unreachable:NoExecute'],
    },
  };
  for (const [name, { state, ...expected }] of Object.entries(cases)) {
    it(name, () => {
      const plan = reconcile({ silenceMs: 0, pods: [], evictionInMs: 0, now, ...state });
      assert.equal(plan.conditions?.map(({ type, status }) => `${type}=${status}`).join(' '), expected.conditions);
      const taints = plan.taints?.map(({ key, effect }) => `${key.replace('node.kubernetes.io/', '')}:${effect}`);
      assert.deepEqual(taints, expected.taints);
      assert.deepEqual(
        plan.unready.map(({ metadata }) => metadata.name),
        expected.unready ?? [],
      );
      assert.equal(plan.lost, expected.lost ?? false);
      if (expected.requeueAfterMs !== undefined) assert.equal(plan.requeueAfterMs, expected.requeueAfterMs);
    });
  }
});

describe('how fast nodes may lose their pods', () => {
  const cases: Record<string, readonly [ready: number, unready: number, number | undefined]> = {
    'one of two': [1, 1, 10_000],
    'all of one: this side may be cut off': [0, 1, undefined],
    'all of five': [0, 5, undefined],
    'three of five in a small zone': [2, 3, undefined],
    'two of three: too few to tell': [1, 2, 10_000],
    'most of a large zone': [20, 40, 100_000],
  };
  for (const [name, [ready, unready, expected]] of Object.entries(cases)) {
    it(name, () => {
      const all = [...Array.from({ length: ready }, () => true), ...Array.from({ length: unready }, () => false)];
      const nodes = all.map((isReady, index) => node(`n${index}`, { ready: isReady }));
      assert.equal(evictionIntervalOf('', zoneHealth(nodes)), expected);
    });
  }
  it('a zone that is cut off while another is well', () => {
    const labels = { 'topology.kubernetes.io/zone': 'b' };
    const far = { ...node('n2', { ready: false }), metadata: { ...node('n2').metadata, labels } };
    assert.equal(evictionIntervalOf(':\0:b', zoneHealth([node('n1'), far])), 10_000);
  });
});

it('a heartbeat counts by the clock of this process, whatever the time it carries', () => {
  let clock = 0;
  const heartbeats = new Heartbeats(() => clock);
  const lease = (renewTime: string) => ({
    apiVersion: 'v1',
    kind: 'Lease',
    metadata: { name: 'n1', namespace: 'kube-node-lease', uid: '', resourceVersion: '', creationTimestamp: '' },
    spec: { renewTime },
  });
  heartbeats.see(node('n1'), lease('1999-01-01T00:00:00.000000Z'));
  clock = 30_000;
  heartbeats.see(node('n1'), lease('1999-01-01T00:00:00.000000Z'));
  assert.equal(heartbeats.silence('n1'), 30_000);
  heartbeats.see(node('n1'), lease('1999-01-01T00:00:10.000000Z'));
  assert.equal(heartbeats.silence('n1'), 0);
});

test('the pods of a lost node are not ready, and when it is back it is free of taints', async () => {
  await withControllers(async (server) => {
    const lost = node('n1');
    const unknown = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'].map((type) => ({
      type,
      status: 'Unknown',
    }));
    server.seed(nodes, node('n2'));
    server.seed(nodes, { ...lost, status: { conditions: unknown } });
    server.seed(pods, pod('a', { node: 'n1', ready: true, spec: { tolerations: [{ operator: 'Exists' }] } }));
    await eventually('an unready pod', () => {
      const ready = server.stored(pods, 'a', 'default')?.status.conditions?.find(({ type }) => type === 'Ready');
      return ready?.status === 'False';
    });
    const taints = () => (server.stored(nodes, 'n1')?.spec.taints ?? []).map(({ key, effect }) => `${key} ${effect}`);
    await eventually('two taints', () => taints().length === 2);
    assert.deepEqual(taints(), [
      'node.kubernetes.io/unreachable NoSchedule',
      'node.kubernetes.io/unreachable NoExecute',
    ]);
    const tainted = server.stored(nodes, 'n1');
    assert.ok(tainted !== undefined);
    await server.updateStatus(nodes, { ...tainted, status: { conditions: [{ type: 'Ready', status: 'True' }] } });
    await eventually('no taints', () => taints().length === 0);
    await eventually('events', () => {
      const reasons = new Set(server.all(events).map(({ reason }) => reason));
      return reasons.has('RegisteredNode') && reasons.has('NodeNotReady');
    });
  });
});
