import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatQuantity } from '../../api/values/quantity.ts';
import { countedKind, usageOf } from './usage.ts';

describe('a name in a quota counts', () => {
  const cases: Readonly<Record<string, string | undefined>> = {
    pods: '/pods',
    cpu: '/pods',
    'requests.cpu': '/pods',
    'requests.example.com/gpu': '/pods',
    'limits.memory': '/pods',
    'limits.example.com/gpu': undefined,
    'hugepages-2Mi': '/pods',
    'requests.storage': '/persistentvolumeclaims',
    'fast.storageclass.storage.k8s.io/requests.storage': '/persistentvolumeclaims',
    'services.nodeports': '/services',
    'count/deployments.apps': 'apps/deployments',
    'count/ingresses.networking.k8s.io': 'networking.k8s.io/ingresses',
    'count/configmaps': '/configmaps',
    deployments: undefined,
  };
  for (const [name, expected] of Object.entries(cases)) {
    it(name, () => {
      const kind = countedKind(name);
      assert.equal(kind === undefined ? undefined : `${kind.group}/${kind.plural}`, expected);
    });
  }
});

describe('a pod uses', () => {
  const pod = (fields: object = {}, phase = 'Running'): object => ({
    metadata: { ...fields },
    spec: { containers: [{ resources: { requests: { cpu: '1' } } }] },
    status: { phase },
  });
  const leaving = { deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 30 };
  const late = Date.parse('2026-01-01T00:00:31Z');
  const cases: Readonly<Record<string, readonly [pod: object, now: number, expected: string]>> = {
    'what it asks for': [pod(), 0, 'count/pods=1,cpu=1,pods=1,requests.cpu=1'],
    'nothing when it is over': [pod({}, 'Failed'), 0, 'count/pods=1'],
    'something while it ends': [pod(leaving), late - 2000, 'count/pods=1,cpu=1,pods=1,requests.cpu=1'],
    'nothing when it should have ended': [pod(leaving), late, 'count/pods=1'],
  };
  for (const [name, [object, now, expected]] of Object.entries(cases)) {
    it(name, () => {
      const usage = [...usageOf({ group: '', plural: 'pods' }, object, now)];
      const shown = usage.map(([resource, amount]) => `${resource}=${formatQuantity(amount)}`).toSorted();
      assert.equal(shown.join(), expected);
    });
  }
});
