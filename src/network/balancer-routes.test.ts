import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node } from '../api/core/node.schema.ts';
import type { Service } from '../api/core/service.schema.ts';
import type { EndpointSlice } from '../api/discovery/endpoint-slice.schema.ts';
import { balancerRouteChanges, planBalancerRoutes } from './balancer-routes.ts';

const metadata = (name: string) => ({
  name,
  uid: name,
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
});
const node = (index: number, ready = true, labels: Record<string, string> = {}): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { ...metadata(`n${index}`), labels },
  spec: {},
  status: {
    addresses: [{ type: 'InternalIP', address: `172.29.0.${10 + index}` }],
    conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
  },
});
const balancer = (ip: string, policy: 'Cluster' | 'Local' = 'Cluster'): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { ...metadata('web'), namespace: 'default' },
  spec: { type: 'LoadBalancer', externalTrafficPolicy: policy },
  status: { loadBalancer: { ingress: [{ ip, ipMode: 'VIP' }] } },
});
const slice = (...endpoints: NonNullable<EndpointSlice['endpoints']>): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { ...metadata('web-1'), namespace: 'default' },
  addressType: 'IPv4',
  endpoints,
});
const plan = (service: Service, nodes: readonly Node[], ...slices: readonly EndpointSlice[]) =>
  Object.fromEntries(
    planBalancerRoutes({ services: [service], slicesOf: () => slices, nodes, range: '172.29.0.192/26' }),
  );

const two = [node(2), node(1)];
const cases: Record<string, readonly [ReturnType<typeof plan>, Record<string, readonly string[]>]> = {
  'policy Cluster: all ready nodes': [
    plan(balancer('172.29.0.192'), [...two, node(3, false)]),
    { '172.29.0.192': ['172.29.0.11', '172.29.0.12'] },
  ],
  'a node that is labelled as no target of balancers is none': [
    plan(balancer('172.29.0.192'), [
      node(1),
      node(2, true, { 'node.kubernetes.io/exclude-from-external-load-balancers': '' }),
    ]),
    { '172.29.0.192': ['172.29.0.11'] },
  ],
  'policy Local: nodes with endpoints that serve': [
    plan(
      balancer('172.29.0.192', 'Local'),
      [...two, node(3)],
      slice(
        { addresses: ['10.0.0.1'], nodeName: 'n1', conditions: { ready: true } },
        { addresses: ['10.0.0.2'], nodeName: 'n2', conditions: { ready: false, serving: true, terminating: true } },
        { addresses: ['10.0.0.3'], nodeName: 'n3', conditions: { ready: false, serving: false } },
      ),
    ),
    { '172.29.0.192': ['172.29.0.11', '172.29.0.12'] },
  ],
  'policy Local without an endpoint: no way': [plan(balancer('172.29.0.192', 'Local'), two), {}],
  'an address outside of the range is never routed': [plan(balancer('192.0.2.7'), two), {}],
};

for (const [name, [actual, expected]] of Object.entries(cases)) {
  test(name, () => assert.deepEqual(actual, expected));
}

test('only what differs is changed', () => {
  const found = new Map([
    ['172.29.0.192', ['172.29.0.11', '172.29.0.12']],
    ['172.29.0.193', ['172.29.0.11']],
    ['172.29.0.194', ['172.29.0.11']],
  ]);
  const wanted = new Map([
    ['172.29.0.192', ['172.29.0.11', '172.29.0.12']],
    ['172.29.0.193', ['172.29.0.11', '172.29.0.12']],
    ['172.29.0.195', ['172.29.0.12']],
  ]);
  assert.deepEqual(balancerRouteChanges(found, wanted, 'cox-demo'), [
    'route replace 172.29.0.193 proto 83 nexthop via 172.29.0.11 dev cox-demo weight 1 nexthop via 172.29.0.12 dev cox-demo weight 1',
    'route replace 172.29.0.195 proto 83 via 172.29.0.12 dev cox-demo',
    'route delete 172.29.0.194 proto 83',
  ]);
});
