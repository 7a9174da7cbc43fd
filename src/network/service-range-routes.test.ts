import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServiceCIDR } from '../api/networking/service-cidr.schema.ts';
import { furtherRanges, rangeRouteChanges } from './service-range-routes.ts';

const range = (name: string, ...cidrs: readonly string[]): ServiceCIDR => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'ServiceCIDR',
  metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { cidrs },
  status: {},
});

test('only ranges beyond the known ones need routes', () => {
  const all = [
    range('kubernetes', '10.233.0.0/18'),
    range('b', '10.97.0.0/24', 'fd00::/112'),
    range('a', '10.96.0.0/24'),
  ];
  assert.deepEqual(furtherRanges(all, ['10.233.0.0/18', '10.233.64.0/18']), ['10.96.0.0/24', '10.97.0.0/24']);
  assert.deepEqual(furtherRanges([range('wide', '10.0.0.0/8')], ['10.233.0.0/18']), []);
});

test('the host throws packets back, a node hands them to its proxy', () => {
  assert.deepEqual(rangeRouteChanges(['10.95.0.0/24'], ['10.96.0.0/24'], { at: 'host', metric: 7 }), [
    'route replace throw 10.96.0.0/24 metric 7 proto 83',
    'route delete throw 10.95.0.0/24 metric 7 proto 83',
  ]);
  assert.deepEqual(rangeRouteChanges([], ['10.96.0.0/24'], { at: 'node', address: '172.29.0.11' }), [
    'route replace 10.96.0.0/24 dev eth0 src 172.29.0.11 proto 83',
  ]);
});
