import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PodTemplateSpec } from '../api/core/pod-template-spec.schema.ts';
import { daemonSets } from '../api/resources.ts';
import { planRevision } from './controller-revisions.ts';

test('a revision keeps its template as clients write it, keys sorted and nothing left out', () => {
  const template = {
    spec: { containers: [{ name: 'c', image: 'i', resources: {} }], dnsPolicy: 'ClusterFirst' },
    metadata: { labels: { b: '1', a: '2' } },
  } as unknown as PodTemplateSpec;
  const owner = {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'd', namespace: 'n', uid: 'u' },
  } as never;
  const state = { owner, resource: daemonSets, template, revisions: [], collisionCount: undefined, hashLabel: 'h' };
  const plan = planRevision(state);
  assert.equal(
    JSON.stringify(plan.revision.data),
    '{"spec":{"template":{"$patch":"replace","metadata":{"labels":{"a":"2","b":"1"}},' +
      '"spec":{"containers":[{"image":"i","name":"c","resources":{}}],"dnsPolicy":"ClusterFirst"}}}}',
  );
});
