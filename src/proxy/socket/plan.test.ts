import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Service } from '../../api/core/service.schema.ts';
import type { EndpointSlice } from '../../api/discovery/endpoint-slice.schema.ts';
import { testConfiguration, testEndpoint, testService, testSlice } from '../testing/objects.ts';
import { planSocketTargets, SocketTargetTable } from './plan.ts';

const local = testEndpoint('10.233.64.7');
const remote = testEndpoint('10.233.65.7');
const both = [testSlice([local, remote])];
const terminating = { conditions: { ready: false, serving: true, terminating: true } };
const balanced = { status: { loadBalancer: { ingress: [{ ip: '172.29.0.200' }] } } };

const cases: Record<string, { service: Service; slices: readonly EndpointSlice[]; expect: Record<string, string> }> = {
  'any ready endpoint': {
    service: testService(),
    slices: both,
    expect: { '10.233.0.10 6 80': '10.233.64.7:8080, 10.233.65.7:8080' },
  },
  'UDP is another address': {
    service: testService({ ports: [{ port: 53, protocol: 'UDP' }] }),
    slices: [testSlice([remote], { ports: [{ name: '', port: 8053, protocol: 'UDP' }] })],
    expect: { '10.233.0.10 17 53': '10.233.65.7:8053' },
  },
  'no endpoints: nftables refuses': {
    service: testService(),
    slices: [],
    expect: { '10.233.0.10 6 80': 'nftables' },
  },
  'session affinity is of nftables': {
    service: testService({ sessionAffinity: 'ClientIP' }),
    slices: both,
    expect: { '10.233.0.10 6 80': 'nftables' },
  },
  'internal policy Local: endpoints of this node': {
    service: testService({ internalTrafficPolicy: 'Local' }),
    slices: both,
    expect: { '10.233.0.10 6 80': '10.233.64.7:8080' },
  },
  'internal policy Local without one: nftables drops': {
    service: testService({ internalTrafficPolicy: 'Local' }),
    slices: [testSlice([remote])],
    expect: { '10.233.0.10 6 80': 'nftables' },
  },
  'terminating endpoints serve as the last resort': {
    service: testService(),
    slices: [testSlice([testEndpoint('10.233.64.7', terminating)])],
    expect: { '10.233.0.10 6 80': '10.233.64.7:8080' },
  },
  'hints narrow': {
    service: testService(),
    slices: [
      testSlice([
        { ...local, hints: { forZones: [{ name: 'zone-a' }] } },
        { ...remote, hints: { forZones: [{ name: 'zone-b' }] } },
      ]),
    ],
    expect: { '10.233.0.10 6 80': '10.233.64.7:8080' },
  },
  'external addresses, even under policy Local, lead to every endpoint; node ports are of nftables': {
    service: testService(
      {
        type: 'LoadBalancer',
        externalTrafficPolicy: 'Local',
        externalIPs: ['192.0.2.1'],
        ports: [{ port: 80, nodePort: 30080 }],
      },
      balanced,
    ),
    slices: [testSlice([remote])],
    expect: {
      '10.233.0.10 6 80': '10.233.65.7:8080',
      '192.0.2.1 6 80': '10.233.65.7:8080',
      '172.29.0.200 6 80': '10.233.65.7:8080',
    },
  },
  'source ranges are of nftables': {
    service: testService({ type: 'LoadBalancer', loadBalancerSourceRanges: ['192.0.2.0/24'] }, balanced),
    slices: both,
    expect: { '10.233.0.10 6 80': '10.233.64.7:8080, 10.233.65.7:8080', '172.29.0.200 6 80': 'nftables' },
  },
  "a pod's or a node's address stays what it is": {
    service: testService({ externalIPs: ['10.233.64.9', '172.29.0.11'] }),
    slices: [testSlice([remote])],
    expect: { '10.233.0.10 6 80': '10.233.65.7:8080', '10.233.64.9 6 80': 'nftables', '172.29.0.11 6 80': 'nftables' },
  },
  'the cluster DNS address is served by the node': {
    service: testService({ clusterIP: '10.233.0.3' }),
    slices: both,
    expect: {},
  },
};

for (const [name, { service, slices, expect }] of Object.entries(cases)) {
  test(`sockets: ${name}`, () => {
    const targets = [...planSocketTargets(service, slices, testConfiguration)].map(([key, target]) => {
      return [key, target === 'nftables' ? target : target.map(({ ip, port }) => `${ip}:${port}`).join(', ')];
    });
    assert.deepEqual(Object.fromEntries(targets), expect);
  });
}

test('sockets: of two Services with one address the first by name has it, unless one leaves it to nftables', () => {
  const table = new SocketTargetTable();
  const to = (port: number) => new Map([['192.0.2.1 6 80', [{ ip: '10.233.65.7', port }]]]);
  table.set('default/b', to(2));
  assert.equal(table.get('192.0.2.1 6 80')?.[0]?.port, 2);
  table.set('default/a', to(1));
  assert.equal(table.get('192.0.2.1 6 80')?.[0]?.port, 1);
  table.set('default/c', new Map([['192.0.2.1 6 80', 'nftables']]));
  assert.equal(table.get('192.0.2.1 6 80'), undefined);
  table.set('default/c', undefined);
  table.set('default/a', undefined);
  assert.equal(table.get('192.0.2.1 6 80')?.[0]?.port, 2);
  assert.deepEqual(table.takeChanged(), ['192.0.2.1 6 80']);
});
