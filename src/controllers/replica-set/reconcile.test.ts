import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReplicaSet } from '../../api/apps/replica-set.schema.ts';
import { statusOf } from './reconcile.ts';

const replicaSet = {
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: { name: 'web', namespace: 'default', generation: 1 },
  spec: { replicas: 3, selector: { matchLabels: { app: 'web' } } },
  status: { replicas: 0 },
} as unknown as ReplicaSet;

test('a failure that repeats with another pod name changes no status, one of another kind does', () => {
  const refused = (name: string) => ({ reason: 'FailedCreate', message: `pods "${name}" is forbidden` }) as const;
  const state = { replicaSet, pods: [], family: [], now: 0 };
  const first = statusOf(state, refused('web-a'));
  assert.equal(first.conditions?.[0]?.message, 'pods "web-a" is forbidden');
  const later = { ...state, replicaSet: { ...replicaSet, status: first }, now: 60_000 };
  assert.deepEqual(statusOf(later, refused('web-b')), first);
  assert.equal(statusOf(later, { reason: 'FailedDelete', message: 'x' }).conditions?.[0]?.reason, 'FailedDelete');
  assert.equal(statusOf(later, undefined).conditions, undefined);
});
