import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import type { ResourceQuota } from '../../api/core/resource-quota.schema.ts';
import { configMaps, pods, resourceQuotas } from '../../api/resources.ts';
import { pod } from '../testing/objects.ts';
import { withControllers } from '../testing/run.ts';
import { eventually } from '../../system/testing/eventually.ts';
import { reconcile } from './reconcile.ts';

function quota(hard: Readonly<Record<string, string>>, fields: Partial<ResourceQuota> = {}): ResourceQuota {
  const metadata = { name: 'q', namespace: 'default', uid: 'q', resourceVersion: '1', creationTimestamp: '' };
  return { apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec: { hard }, status: {}, ...fields };
}
const sized = (name: string, cpu: string, options: Parameters<typeof pod>[1] = {}) =>
  pod(name, { ...options, spec: { ...options.spec, containers: [{ name: 'c', resources: { requests: { cpu } } }] } });
const claim = (storageClassName: string, storage: string) => ({
  spec: { storageClassName, resources: { requests: { storage } } },
});

describe('usage of a quota', () => {
  const running = [sized('a', '100m'), sized('b', '1', { phase: 'Succeeded' }), pod('c')];
  const cases: Readonly<Record<string, readonly [ResourceQuota, Record<string, readonly object[]>, object]>> = {
    'is what pods ask for': [
      quota({ pods: '5', 'requests.cpu': '2', 'count/pods': '9', 'limits.cpu': '1' }),
      { pods: running },
      { pods: '2', 'requests.cpu': '100m', 'count/pods': '3', 'limits.cpu': '0' },
    ],
    'is of a scope': [
      quota({ pods: '5' }, { spec: { hard: { pods: '5' }, scopes: ['BestEffort'] } }),
      { pods: running },
      { pods: '1' },
    ],
    'is what Services take': [
      quota({ services: '5', 'services.nodeports': '5', 'services.loadbalancers': '1' }),
      { services: [{ spec: { type: 'NodePort', ports: [{}, {}] } }, { spec: { type: 'ClusterIP', ports: [{}] } }] },
      { services: '2', 'services.nodeports': '2', 'services.loadbalancers': '0' },
    ],
    'is what claims ask for': [
      quota({ 'requests.storage': '9Gi', 'fast.storageclass.storage.k8s.io/requests.storage': '1Gi' }),
      { persistentvolumeclaims: [claim('fast', '512Mi'), claim('slow', '1Gi')] },
      { 'requests.storage': '1536Mi', 'fast.storageclass.storage.k8s.io/requests.storage': '512Mi' },
    ],
    'leaves out what nobody serves or knows': [
      quota({ 'count/widgets.example.com': '1', odd: '2', configmaps: '3' }),
      { configmaps: [{}] },
      { configmaps: '1' },
    ],
  };
  for (const [name, [subject, objects, used]] of Object.entries(cases)) {
    it(name, () => {
      const status = reconcile(subject, new Map(Object.entries(objects)), 0);
      assert.deepEqual(status, { hard: subject.spec.hard, used });
      assert.equal(reconcile({ ...subject, status: status ?? {} }, new Map(Object.entries(objects)), 0), undefined);
    });
  }
});

test('status follows what is made and deleted, of any kind', async () => {
  await withControllers(async (server) => {
    const used = (): object | undefined => server.stored(resourceQuotas, 'q', 'default')?.status.used;
    const becomes = (expected: object): Promise<unknown> =>
      eventually(JSON.stringify(expected), () => JSON.stringify(used()) === JSON.stringify(expected));
    server.seed(resourceQuotas, quota({ pods: '2', 'count/configmaps': '3' }));
    await becomes({ pods: '0', 'count/configmaps': '0' });
    server.seed(pods, pod('a'));
    await becomes({ pods: '1', 'count/configmaps': '0' });
    const metadata = { name: 'm', namespace: 'default', uid: 'm', resourceVersion: '1', creationTimestamp: '' };
    server.seed(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata });
    await becomes({ pods: '1', 'count/configmaps': '1' });
    await server.delete(pods, { name: 'a', namespace: 'default' }, { gracePeriodSeconds: 0 });
    await becomes({ pods: '0', 'count/configmaps': '1' });
    assert.deepEqual(server.stored(resourceQuotas, 'q', 'default')?.status.hard, {
      pods: '2',
      'count/configmaps': '3',
    });
  });
});
