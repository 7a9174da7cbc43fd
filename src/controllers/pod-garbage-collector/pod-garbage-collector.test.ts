import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { node, pod } from '../testing/objects.ts';
import type { PodGarbageState } from './reconcile.ts';
import { reconcile } from './reconcile.ts';

describe('pods that nobody else would remove', () => {
  const out = [{ key: 'node.kubernetes.io/out-of-service', effect: 'NoExecute' as const }];
  const ended = (name: string, minute: number) => {
    return pod(name, { node: 'n1', phase: 'Succeeded', created: `2026-01-01T00:0${minute}:00Z` });
  };
  const cases: Record<string, readonly [Partial<PodGarbageState>, readonly string[]]> = {
    'on a node that is there': [{ pods: [pod('a', { node: 'n1' })] }, []],
    'on a node that has just vanished': [{ pods: [pod('a', { node: 'n9' })], vanished: () => false }, []],
    'on a node that has vanished': [{ pods: [pod('a', { node: 'n9' })] }, ['a: PodGC: node no longer exists']],
    'deleted before it had a node': [{ pods: [pod('a', { deleting: true }), pod('b')] }, ['a: undefined']],
    'leaving a node out of service': [
      { pods: [pod('a', { node: 'n1', deleting: true })], node: () => node('n1', { ready: false, taints: out }) },
      ['a: PodGC: node out of service'],
    ],
    'ended, the oldest of too many': [
      { pods: [ended('b', 2), ended('a', 1), ended('c', 3), pod('d', { node: 'n1' })] },
      ['a: undefined'],
    ],
  };
  for (const [name, [state, expected]] of Object.entries(cases)) {
    it(name, () => {
      const there = (wanted: string) => (wanted === 'n1' ? node('n1') : undefined);
      const found = reconcile({ pods: [], node: there, vanished: () => true, terminatedThreshold: 2, ...state });
      assert.deepEqual(
        found.map(({ pod: { metadata }, disruption }) => `${metadata.name}: ${disruption}`),
        expected,
      );
    });
  }
});
