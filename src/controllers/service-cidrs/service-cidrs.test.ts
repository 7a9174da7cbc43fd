import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServiceCIDR } from '../../api/networking/service-cidr.schema.ts';
import type { RangePlan } from './reconcile.ts';
import { rangeFinalizer, reconcile } from './reconcile.ts';

const now = Date.parse('2026-01-01T00:01:00Z');
const range = (name: string, cidr: string, change: Partial<ServiceCIDR['metadata']> = {}): ServiceCIDR => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'ServiceCIDR',
  metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z', ...change },
  spec: { cidrs: [cidr] },
  status: {},
});
const address = (name: string) => ({
  metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
});
const leaving = { finalizers: [rangeFinalizer], deletionTimestamp: '2026-01-01T00:00:00Z' };
const just = { finalizers: [rangeFinalizer], deletionTimestamp: '2026-01-01T00:00:55Z' };

const summary = ({ update, status, requeueAfter }: RangePlan): unknown => ({
  ...(update === undefined ? {} : { finalizers: update.metadata.finalizers }),
  ...(status === undefined ? {} : { ready: status.status?.conditions?.map((c) => `${c.status} ${c.reason}`.trim()) }),
  ...(requeueAfter === undefined ? {} : { requeueAfter }),
});

const cases: Record<string, readonly [ServiceCIDR, readonly ServiceCIDR[], readonly string[], unknown]> = {
  'a new range is held and Ready': [
    range('extra', '10.96.0.0/24'),
    [],
    [],
    { finalizers: [rangeFinalizer], ready: ['True'] },
  ],
  'a range in use stays, and is not Ready': [
    range('extra', '10.96.0.0/24', leaving),
    [range('kubernetes', '10.233.0.0/18')],
    ['10.96.0.7'],
    { ready: ['False Terminating'] },
  ],
  'an address that another range has, too, holds nothing': [
    range('extra', '10.96.0.0/24', leaving),
    [range('wider', '10.96.0.0/16')],
    ['10.96.0.7'],
    { finalizers: [] },
  ],
  'a range on its way out holds no address for another': [
    range('extra', '10.96.0.0/24', leaving),
    [range('wider', '10.96.0.0/16', leaving)],
    ['10.96.0.7'],
    { ready: ['False Terminating'] },
  ],
  'an unused range goes': [range('extra', '10.96.0.0/24', leaving), [], ['10.233.0.1'], { finalizers: [] }],
  'but not at once: a Service may just be made': [range('extra', '10.96.0.0/24', just), [], [], { requeueAfter: 5000 }],
};

for (const [name, [subject, others, ips, expected]] of Object.entries(cases)) {
  test(name, () => {
    assert.deepEqual(summary(reconcile({ range: subject, others, addresses: ips.map(address), now })), expected);
  });
}
