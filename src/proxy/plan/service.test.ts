import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Service } from '../../api/core/service.schema.ts';
import type { EndpointSlice } from '../../api/discovery/endpoint-slice.schema.ts';
import { RulesetTable } from '../ruleset.ts';
import { testConfiguration, testEndpoint, testService, testSlice } from '../testing/objects.ts';
import { trace, traceText } from '../testing/tracer.ts';
import { planService } from './service.ts';
import { planSkeleton } from './skeleton.ts';

/** Who sends: its address, and whether it is a process of the node. */
const clients = {
  pod: { source: '10.233.64.5' },
  'pod elsewhere': { source: '10.233.65.5' },
  node: { source: '172.29.0.11', fromNode: true },
  loopback: { source: '127.0.0.1', fromNode: true },
  host: { source: '172.29.0.1' },
  outside: { source: '192.0.2.9' },
} as const;
type Client = keyof typeof clients;

const localAddresses = ['127.0.0.0/8', '172.29.0.11', '10.233.0.3', '10.233.64.1'];

function rulesetOf(service: Service, slices: readonly EndpointSlice[], configuration = testConfiguration) {
  const table = new RulesetTable();
  table.set('web', planService(service, slices, configuration));
  return table.ruleset(planSkeleton(configuration));
}

const local = testEndpoint('10.233.64.7');
const remote = testEndpoint('10.233.65.7');
const both = [testSlice([local, remote])];
const terminating = { conditions: { ready: false, serving: true, terminating: true } };
const unready = { conditions: { ready: false, serving: false, terminating: false } };
const nodePort = { type: 'NodePort', ports: [{ port: 80, protocol: 'TCP', nodePort: 30080 }] } as const;
const loadBalancer = { ...nodePort, type: 'LoadBalancer' } as const;
const balanced = { status: { loadBalancer: { ingress: [{ ip: '172.29.0.200' }] } } };

interface Case {
  service: Service;
  slices: readonly EndpointSlice[];
  to: string;
  protocol?: 'TCP' | 'UDP' | 'SCTP';
  /** Expected by client; the outcomes joined by a comma. */
  expect: Partial<Record<Client, string>>;
}

const cases: Record<string, Case> = {
  'cluster address: any ready endpoint, source kept for pods and the node': {
    service: testService(),
    slices: both,
    to: '10.233.0.10:80',
    expect: {
      pod: '10.233.64.7:8080, 10.233.65.7:8080',
      node: '10.233.64.7:8080, 10.233.65.7:8080',
      outside: '10.233.64.7:8080 masqueraded, 10.233.65.7:8080 masqueraded',
    },
  },
  'a port that the Service does not have is refused': {
    service: testService(),
    slices: both,
    to: '10.233.0.10:81',
    expect: { pod: 'refused', node: 'refused', outside: 'refused' },
  },
  'an address that no Service has is refused': {
    service: testService(),
    slices: both,
    to: '10.233.9.9:80',
    expect: { pod: 'refused', node: 'refused' },
  },
  'another protocol is another port': {
    service: testService(),
    slices: both,
    to: '10.233.0.10:80',
    protocol: 'UDP',
    expect: { pod: 'refused' },
  },
  'no endpoints: refused': {
    service: testService(),
    slices: [],
    to: '10.233.0.10:80',
    expect: { pod: 'refused', node: 'refused', outside: 'refused' },
  },
  'unready endpoints get nothing': {
    service: testService(),
    slices: [testSlice([local, testEndpoint('10.233.65.7', unready)])],
    to: '10.233.0.10:80',
    expect: { pod: '10.233.64.7:8080' },
  },
  'only unready endpoints: refused': {
    service: testService(),
    slices: [testSlice([testEndpoint('10.233.65.7', unready)])],
    to: '10.233.0.10:80',
    expect: { pod: 'refused' },
  },
  'terminating endpoints serve as the last resort': {
    service: testService(),
    slices: [testSlice([testEndpoint('10.233.64.7', terminating), testEndpoint('10.233.65.8', unready)])],
    to: '10.233.0.10:80',
    expect: { pod: '10.233.64.7:8080' },
  },
  'terminating endpoints get nothing while another is ready': {
    service: testService(),
    slices: [testSlice([testEndpoint('10.233.64.7', terminating), remote])],
    to: '10.233.0.10:80',
    expect: { pod: '10.233.65.7:8080' },
  },
  'a pod that reaches itself is masqueraded': {
    service: testService(),
    slices: [testSlice([testEndpoint('10.233.64.5')])],
    to: '10.233.0.10:80',
    expect: { pod: '10.233.64.5:8080 masqueraded' },
  },
  'internal policy Local: only endpoints of this node': {
    service: testService({ internalTrafficPolicy: 'Local' }),
    slices: both,
    to: '10.233.0.10:80',
    expect: { pod: '10.233.64.7:8080', node: '10.233.64.7:8080' },
  },
  'internal policy Local without a local endpoint: dropped': {
    service: testService({ internalTrafficPolicy: 'Local' }),
    slices: [testSlice([remote])],
    to: '10.233.0.10:80',
    expect: { pod: 'dropped', node: 'dropped' },
  },
  'internal policy Local without any endpoint: refused': {
    service: testService({ internalTrafficPolicy: 'Local' }),
    slices: [],
    to: '10.233.0.10:80',
    expect: { pod: 'refused' },
  },
  'node port: every client, masqueraded': {
    service: testService(nodePort),
    slices: [testSlice([remote])],
    to: '172.29.0.11:30080',
    expect: {
      pod: '10.233.65.7:8080 masqueraded',
      'pod elsewhere': '10.233.65.7:8080 masqueraded',
      node: '10.233.65.7:8080 masqueraded',
      host: '10.233.65.7:8080 masqueraded',
      outside: '10.233.65.7:8080 masqueraded',
    },
  },
  'node port on loopback': {
    service: testService(nodePort),
    slices: [testSlice([remote])],
    to: '127.0.0.1:30080',
    expect: { loopback: '10.233.65.7:8080 masqueraded' },
  },
  'node port without endpoints: refused': {
    service: testService(nodePort),
    slices: [],
    to: '172.29.0.11:30080',
    expect: { pod: 'refused', node: 'refused', outside: 'refused' },
  },
  'external policy Local: source kept, local endpoints; the node, its pods and its host use all': {
    service: testService({ ...nodePort, externalTrafficPolicy: 'Local' }),
    slices: both,
    to: '172.29.0.11:30080',
    expect: {
      outside: '10.233.64.7:8080',
      'pod elsewhere': '10.233.64.7:8080',
      pod: '10.233.64.7:8080, 10.233.65.7:8080',
      node: '10.233.64.7:8080 masqueraded, 10.233.65.7:8080 masqueraded',
      host: '10.233.64.7:8080 masqueraded, 10.233.65.7:8080 masqueraded',
    },
  },
  "policy Local at a balancer's address: its host's source is kept, too": {
    service: { ...testService({ ...loadBalancer, externalTrafficPolicy: 'Local' }), ...balanced },
    slices: both,
    to: '172.29.0.200:80',
    expect: { outside: '10.233.64.7:8080', host: '10.233.64.7:8080' },
  },
  "what no Service has among balancers' addresses: refused": {
    service: { ...testService(loadBalancer), ...balanced },
    slices: both,
    to: '172.29.0.230:81',
    expect: { host: 'refused', node: 'refused', pod: 'refused' },
  },
  'external policy Local without a local endpoint: dropped for others': {
    service: testService({ ...nodePort, externalTrafficPolicy: 'Local' }),
    slices: [testSlice([remote])],
    to: '172.29.0.11:30080',
    expect: { outside: 'dropped', pod: '10.233.65.7:8080', host: '10.233.65.7:8080 masqueraded' },
  },
  'external policy Local leaves the cluster address alone': {
    service: testService({ ...nodePort, externalTrafficPolicy: 'Local' }),
    slices: [testSlice([remote])],
    to: '10.233.0.10:80',
    expect: { pod: '10.233.65.7:8080' },
  },
  'external policy Local falls back on local terminating endpoints': {
    service: testService({ ...nodePort, externalTrafficPolicy: 'Local' }),
    slices: [testSlice([testEndpoint('10.233.64.7', terminating), remote])],
    to: '172.29.0.11:30080',
    expect: { outside: '10.233.64.7:8080', pod: '10.233.65.7:8080' },
  },
  'load balancer address': {
    service: testService(loadBalancer, balanced),
    slices: [testSlice([remote])],
    to: '172.29.0.200:80',
    expect: { outside: '10.233.65.7:8080 masqueraded', pod: '10.233.65.7:8080 masqueraded' },
  },
  'load balancer address in proxy mode is left alone': {
    service: testService(loadBalancer, {
      status: { loadBalancer: { ingress: [{ ip: '172.29.0.200', ipMode: 'Proxy' }] } },
    }),
    slices: [testSlice([remote])],
    to: '172.29.0.200:80',
    expect: { pod: '172.29.0.200:80' },
  },
  'load balancer without endpoints: refused': {
    service: testService(loadBalancer, balanced),
    slices: [],
    to: '172.29.0.200:80',
    expect: { outside: 'refused', node: 'refused' },
  },
  'source ranges keep others from the load balancer address': {
    service: testService({ ...loadBalancer, loadBalancerSourceRanges: ['192.0.2.0/24', ' 10.233.64.0/24'] }, balanced),
    slices: [testSlice([remote])],
    to: '172.29.0.200:80',
    expect: {
      outside: '10.233.65.7:8080 masqueraded',
      pod: '10.233.65.7:8080 masqueraded',
      'pod elsewhere': 'dropped',
      host: 'dropped',
    },
  },
  'source ranges leave the node port open': {
    service: testService({ ...loadBalancer, loadBalancerSourceRanges: ['198.51.100.0/24'] }, balanced),
    slices: [testSlice([remote])],
    to: '172.29.0.11:30080',
    expect: { outside: '10.233.65.7:8080 masqueraded' },
  },
  'ranges of the other family admit nobody': {
    service: testService({ ...loadBalancer, loadBalancerSourceRanges: ['2001:db8::/32'] }, balanced),
    slices: [testSlice([remote])],
    to: '172.29.0.200:80',
    expect: { outside: 'dropped' },
  },
  'external address': {
    service: testService({ externalIPs: ['203.0.113.7', 'not an address'] }),
    slices: [testSlice([remote])],
    to: '203.0.113.7:80',
    expect: { outside: '10.233.65.7:8080 masqueraded', pod: '10.233.65.7:8080 masqueraded' },
  },
  'external address without endpoints: refused': {
    service: testService({ externalIPs: ['203.0.113.7'] }),
    slices: [],
    to: '203.0.113.7:80',
    expect: { pod: 'refused' },
  },
  'UDP and SCTP': {
    service: testService({
      ports: [
        { name: 'u', port: 80, protocol: 'UDP' },
        { name: 's', port: 80, protocol: 'SCTP' },
      ],
    }),
    slices: [
      testSlice([local], {
        ports: [
          { name: 'u', port: 53, protocol: 'UDP' },
          { name: 's', port: 54, protocol: 'SCTP' },
        ],
      }),
    ],
    to: '10.233.0.10:80',
    protocol: 'SCTP',
    expect: { pod: '10.233.64.7:54' },
  },
  'named target port that differs from pod to pod': {
    service: testService(),
    slices: [
      testSlice([local], { ports: [{ name: '', port: 8080, protocol: 'TCP' }] }),
      testSlice([remote], { name: 'web-2', ports: [{ name: '', port: 9090, protocol: 'TCP' }] }),
    ],
    to: '10.233.0.10:80',
    expect: { pod: '10.233.64.7:8080, 10.233.65.7:9090' },
  },
  'headless, ExternalName and foreign Services add nothing': {
    service: testService({}, { labels: { 'service.kubernetes.io/service-proxy-name': 'other' } }),
    slices: both,
    to: '10.233.0.10:80',
    expect: { pod: 'refused' },
  },
  'the cluster DNS address is left to the node': {
    service: testService({ clusterIP: '10.233.0.3' }),
    slices: both,
    to: '10.233.0.3:80',
    expect: { pod: '10.233.0.3:80', node: '10.233.0.3:80' },
  },
  'zone hints: endpoints for this zone': {
    service: testService(),
    slices: [
      testSlice([
        testEndpoint('10.233.64.7', { hints: { forZones: [{ name: 'zone-b' }] } }),
        testEndpoint('10.233.65.7', { hints: { forZones: [{ name: 'zone-a' }] } }),
      ]),
    ],
    to: '10.233.0.10:80',
    expect: { pod: '10.233.65.7:8080' },
  },
  'node hints come before zone hints': {
    service: testService(),
    slices: [
      testSlice([
        testEndpoint('10.233.64.7', { hints: { forZones: [{ name: 'zone-a' }], forNodes: [{ name: 'node-1' }] } }),
        testEndpoint('10.233.65.7', { hints: { forZones: [{ name: 'zone-a' }], forNodes: [{ name: 'node-2' }] } }),
      ]),
    ],
    to: '10.233.0.10:80',
    expect: { pod: '10.233.64.7:8080' },
  },
  'a hint missing on one endpoint turns all off': {
    service: testService(),
    slices: [testSlice([local, testEndpoint('10.233.65.7', { hints: { forZones: [{ name: 'zone-a' }] } })])],
    to: '10.233.0.10:80',
    expect: { pod: '10.233.64.7:8080, 10.233.65.7:8080' },
  },
};

for (const [name, { service, slices, to, protocol = 'TCP', expect }] of Object.entries(cases)) {
  test(name, () => {
    const ruleset = rulesetOf(service, slices);
    const [destination = '', port] = to.split(':');
    const found = Object.fromEntries(
      Object.keys(expect).map((client) => {
        const { source, ...rest } = clients[client as Client];
        const packet = { source, destination, protocol, port: Number(port) };
        return [client, traceText(ruleset, packet, { ...rest, localAddresses }).join(', ')];
      }),
    );
    assert.deepEqual(found, expect);
  });
}

test('session affinity: a client is remembered, and sent where it was before', () => {
  const ruleset = rulesetOf(
    testService({ sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } } }),
    both,
  );
  assert.deepEqual([...ruleset.affinitySets.values()], [60, 60]);
  const packet = { source: '10.233.64.5', destination: '10.233.0.10', protocol: 'TCP', port: 80 } as const;
  const first = trace(ruleset, packet, { localAddresses });
  assert.equal(first.length, 2);
  for (const { to, remembered = [] } of first) {
    const again = trace(ruleset, packet, { localAddresses, rememberedIn: remembered });
    assert.deepEqual(again, [{ verdict: 'delivered', to, remembered }]);
  }
});

test('an object with hostile names and addresses renders nothing of them', () => {
  const hostile = '1.2.3.4; flush ruleset';
  const service = testService(
    { clusterIP: '10.233.0.10', externalIPs: [hostile], ...nodePort },
    { name: 'x } drop {' },
  );
  const ruleset = rulesetOf(service, [testSlice([{ addresses: [hostile] }], { ports: [{ port: 99999 }] })]);
  const text = JSON.stringify([[...ruleset.chains], [...ruleset.verdicts].map(([map, found]) => [map, [...found]])]);
  assert.doesNotMatch(text, /flush|\} drop/);
});
