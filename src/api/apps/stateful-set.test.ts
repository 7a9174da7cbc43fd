import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statefulSetKind } from './stateful-set.ts';
import type { StatefulSet } from './stateful-set.schema.ts';

test('the volumes of its claims are there for its containers', () => {
  const set = (mount: string): StatefulSet =>
    ({
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'db', namespace: 'default' },
      spec: {
        serviceName: 'db',
        selector: { matchLabels: { app: 'db' } },
        template: {
          metadata: { labels: { app: 'db' } },
          spec: { containers: [{ name: 'c', image: 'i', volumeMounts: [{ name: mount, mountPath: '/data' }] }] },
        },
        volumeClaimTemplates: [
          {
            metadata: { name: 'data' },
            spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
          },
        ],
      },
    }) as unknown as StatefulSet;
  const faults = (mount: string): readonly string[] =>
    (statefulSetKind.validate?.(statefulSetKind.defaults?.(set(mount)) ?? set(mount)) ?? []).map(({ field }) => field);
  assert.deepEqual(faults('data'), []);
  assert.deepEqual(faults('other'), ['spec.template.spec.containers[0].volumeMounts[0].name']);
});
