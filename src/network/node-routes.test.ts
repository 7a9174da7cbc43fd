import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node } from '../api/core/node.schema.ts';
import { planPodRoutes, routeChanges } from './node-routes.ts';

const node = (name: string, podCIDR: string | undefined, address: string | undefined): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: podCIDR === undefined ? {} : { podCIDR },
  status: address === undefined ? {} : { addresses: [{ type: 'InternalIP', address }] },
});

test('each other node with a range and an address has a route', () => {
  const nodes = [
    node('c', '10.233.66.0/24', '172.29.0.13'),
    node('a', '10.233.64.0/24', '172.29.0.11'),
    node('b', '10.233.65.0/24', '172.29.0.12'),
    node('new', undefined, '172.29.0.14'),
    node('newer', '10.233.67.0/24', undefined),
    node('odd', 'nonsense', '172.29.0.15'),
  ];
  assert.deepEqual(planPodRoutes(nodes, 'a'), [
    { podRange: '10.233.65.0/24', nodeAddress: '172.29.0.12' },
    { podRange: '10.233.66.0/24', nodeAddress: '172.29.0.13' },
  ]);
});

test('a node that has not registered yet keeps the route that is known', () => {
  const known = new Map([
    ['a', { podRange: '10.233.64.0/24', nodeAddress: '172.29.0.11' }],
    ['b', { podRange: '10.233.65.0/24', nodeAddress: '172.29.0.12' }],
    ['c', { podRange: '10.233.66.0/24', nodeAddress: '172.29.0.13' }],
  ]);
  assert.deepEqual(planPodRoutes([node('c', '10.233.66.0/24', '172.29.0.99')], 'a', known), [
    { podRange: '10.233.65.0/24', nodeAddress: '172.29.0.12' },
    { podRange: '10.233.66.0/24', nodeAddress: '172.29.0.99' },
  ]);
});

test('only differences become commands', () => {
  const found = [
    { podRange: '10.233.65.0/24', nodeAddress: '172.29.0.12' },
    { podRange: '10.233.66.0/24', nodeAddress: '172.29.0.13' },
    { podRange: '10.233.67.0/24', nodeAddress: '172.29.0.14' },
  ];
  const wanted = [
    { podRange: '10.233.65.0/24', nodeAddress: '172.29.0.12' },
    { podRange: '10.233.66.0/24', nodeAddress: '172.29.0.99' },
    { podRange: '10.233.68.0/24', nodeAddress: '172.29.0.15' },
  ];
  assert.deepEqual(routeChanges(found, wanted), [
    'route replace 10.233.66.0/24 via 172.29.0.99 dev eth0 proto 84',
    'route replace 10.233.68.0/24 via 172.29.0.15 dev eth0 proto 84',
    'route delete 10.233.67.0/24 proto 84',
  ]);
  assert.deepEqual(routeChanges(wanted, wanted), []);
});
