import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pod } from '../../api/core/pod.schema.ts';
import type { PodDisruptionBudget } from '../../api/policy/pod-disruption-budget.schema.ts';
import { place } from '../place.ts';
import { clusterOf, node, placedPod, pod } from '../testing/objects.ts';
import { Nominations } from './nominations.ts';
import { planPreemption } from './plan.ts';

const two = [node('a'), node('b')];

/** A pod on a node: CPUs asked for, priority, minute of its start. */
function on(nodeName: string, name: string, cpu: number, priority = 0, minute = 0): Pod {
  return placedPod(name, nodeName, {
    labels: { name },
    requests: { cpu: String(cpu) },
    spec: { priority },
    status: { startTime: `2026-01-01T00:${String(minute).padStart(2, '0')}:00Z` },
  });
}
function budget(name: string, disruptionsAllowed: number): PodDisruptionBudget {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: {
      name,
      namespace: 'default',
      uid: name,
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    spec: { selector: { matchLabels: { name } } },
    status: { disruptionsAllowed },
  };
}
function victims(
  pods: readonly Pod[],
  options: { cpu?: number; budgets?: PodDisruptionBudget[]; spec?: object } = {},
): string {
  const subject = pod('p', { requests: { cpu: String(options.cpu ?? 3) }, spec: { priority: 100, ...options.spec } });
  const cluster = clusterOf({ nodes: two, pods });
  const placement = place(subject, cluster);
  assert.ok(placement.node === undefined, 'it fits anyway');
  const found = planPreemption(subject, cluster, { nodes: placement.resolvable, budgets: options.budgets ?? [] });
  if (found === undefined) return 'none';
  return `${found.node}: ${found.victims.map(({ metadata }) => metadata.name).join(' ')}`;
}

describe('pre-emption', () => {
  const cases: Record<string, [Parameters<typeof victims>, string]> = {
    'nobody is less important': [[[on('a', 'x', 4, 100), on('b', 'y', 4, 200)]], 'none'],
    'the only node with someone less important': [[[on('a', 'x', 4, 50), on('b', 'y', 4, 200)]], 'a: x'],
    'as few as possible, the least important': [
      [[on('a', 'x', 2, 5), on('a', 'y', 1, 1), on('a', 'z', 1, 1), on('b', 'full', 4, 200)], { cpu: 2 }],
      'a: y z',
    ],
    'of equals, the youngest goes': [
      [[on('a', 'old', 2, 1, 1), on('a', 'young', 2, 1, 9), on('b', 'full', 4, 200)], { cpu: 2 }],
      'a: young',
    ],
    'the node whose most important victim matters least': [[[on('a', 'x', 4, 50), on('b', 'y', 4, 10)]], 'b: y'],
    'the node with fewer victims': [[[on('a', 'x', 2, 10), on('a', 'y', 2, 10), on('b', 'z', 4, 10)]], 'b: z'],
    'the node where a budget is kept': [
      [[on('a', 'x', 4, 10), on('b', 'y', 4, 50)], { budgets: [budget('x', 0), budget('y', 1)] }],
      'b: y',
    ],
    'a budget is broken where nothing else helps': [
      [[on('a', 'x', 4, 10), on('b', 'y', 4, 200)], { budgets: [budget('x', 0)] }],
      'a: x',
    ],
    'not where the rest would still be too much': [
      [[on('a', 'x', 1, 10), on('a', 'y', 3, 200), on('b', 'z', 4, 200)]],
      'none',
    ],
    'not for a pod that fits no empty node': [[[on('a', 'x', 4), on('b', 'y', 4)], { cpu: 5 }], 'none'],
    'not on nodes that the pod may not use': [
      [[on('a', 'x', 4, 1), on('b', 'y', 4, 50)], { spec: { nodeSelector: { 'kubernetes.io/hostname': 'b' } } }],
      'b: y',
    ],
  };
  for (const [name, [args, expected]] of Object.entries(cases))
    it(name, () => assert.equal(victims(...args), expected));
});

it('room made for a pod is taken for those that are no more important', () => {
  const nominations = new Nominations();
  const waiting = pod('waiting', { requests: { cpu: '3' }, spec: { priority: 10 } });
  nominations.set(waiting, 'a');
  const cluster = clusterOf({ nodes: [node('a')] });
  const placed = (priority: number): string | undefined => {
    const subject = pod('p', { requests: { cpu: '2' }, spec: { priority } });
    return place(subject, nominations.viewFor(subject, cluster)).node;
  };
  assert.deepEqual([placed(5), placed(10), placed(11)], [undefined, undefined, 'a']);
  assert.equal(nominations.viewFor(waiting, cluster), cluster);
  nominations.delete('uid-waiting');
  assert.equal(placed(5), 'a');
});
