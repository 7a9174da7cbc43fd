import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../../api/core/pod.schema.ts';
import type { Service } from '../../api/core/service.schema.ts';
import type { EndpointSlice } from '../../api/discovery/endpoint-slice.schema.ts';
import { RulesetTable } from '../ruleset.ts';
import { testConfiguration, testEndpoint, testService, testSlice } from '../testing/objects.ts';
import { traceText } from '../testing/tracer.ts';
import { planHostPorts } from './host-ports.ts';
import { planService } from './service.ts';
import { planSkeleton } from './skeleton.ts';

/**
 * Every kind of client, as its first packet reaches this node, in the order of the table's columns. A pod in the
 * node's own network is the node. The host's packet looks the same whichever of its addresses was asked, loopback
 * included: its own table has translated it, so that it comes from the gateway.
 */
const clients = {
  pod: { source: '10.233.64.5' },
  remotePod: { source: '10.233.65.5' },
  node: { source: '172.29.0.11', fromNode: true },
  loopback: { source: '127.0.0.1', fromNode: true },
  otherNode: { source: '172.29.0.12' },
  host: { source: '172.29.0.1' },
  outside: { source: '192.0.2.9' },
} as const;

const localAddresses = ['127.0.0.0/8', '172.29.0.11', '10.233.0.3', '10.233.64.1'];

const local = testEndpoint('10.233.64.7');
const remote = testEndpoint('10.233.65.7');
const self = testEndpoint('10.233.64.5');
const both = [testSlice([local, remote])];
const leaving = { conditions: { ready: false, serving: true, terminating: true } };
const gone = { conditions: { ready: false, serving: false, terminating: true } };
const unready = { conditions: { ready: false, serving: false, terminating: false } };
const nodePorts = [{ port: 80, protocol: 'TCP', nodePort: 30080 }] as const;
const nodePort = { type: 'NodePort', ports: nodePorts } as const;
const localNodePort = { ...nodePort, externalTrafficPolicy: 'Local' } as const;
const balancer = { ...nodePort, type: 'LoadBalancer' } as const;
const vip = { status: { loadBalancer: { ingress: [{ ip: '172.29.0.200', ipMode: 'VIP' }] } } } as const;
const proxied = { status: { loadBalancer: { ingress: [{ ip: '172.29.0.200', ipMode: 'Proxy' }] } } } as const;

/** Short names for where packets end. `*` after one means that the endpoint sees the node, not the client. */
const short: Record<string, string> = {
  '10.233.64.7:8080': 'L',
  '10.233.65.7:8080': 'R',
  '10.233.64.5:8080': 'self',
  refused: '-',
  dropped: 'x',
};

interface Row {
  readonly service: Service;
  readonly slices?: readonly EndpointSlice[];
  /** By destination: where each client ends, in the order of `clients`; one word for all where they agree. */
  readonly ends: Readonly<Record<string, string>>;
}

const cluster = '10.233.0.10:80';
const port = '172.29.0.11:30080';
const loop = '127.0.0.1:30080';
const lb = '172.29.0.200:80';
const external = '203.0.113.7:80';

//                                        pod   remotePod  node   loopback  otherNode  host  outside
const rows: Record<string, Row> = {
  ClusterIP: {
    service: testService(),
    slices: both,
    ends: {
      [cluster]: 'L,R L,R L,R L*,R* L*,R* L*,R* L*,R*',
      // Neither the Service's other ports nor its other protocols: refused at once.
      '10.233.0.10:81': '-',
      '10.233.0.10:80/UDP': '-',
      '10.233.0.10:80/SCTP': '-',
      // An address that nobody has, or nobody yet.
      '10.233.9.9:80': 'x',
      // Node ports that nobody has are the node's own business.
      [port]: '172.29.0.11:30080',
    },
  },
  'no endpoints': {
    service: testService({ ...balancer, externalIPs: ['203.0.113.7'] }, vip),
    ends: { [cluster]: '-', [port]: '-', [loop]: '-', [lb]: '-', [external]: '-' },
  },
  'no ready endpoint': {
    service: testService(nodePort),
    slices: [testSlice([testEndpoint('10.233.64.7', unready), testEndpoint('10.233.65.7', gone)])],
    ends: { [cluster]: '-', [port]: '-' },
  },
  'unready beside ready': {
    service: testService(),
    slices: [testSlice([testEndpoint('10.233.64.7', unready), remote])],
    ends: { [cluster]: 'R R R R* R* R* R*' },
  },
  'conditions that say nothing mean ready': {
    service: testService(),
    slices: [testSlice([testEndpoint('10.233.65.7', { conditions: {} })])],
    ends: { [cluster]: 'R R R R* R* R* R*' },
  },
  'published although not ready (the controller calls them ready)': {
    service: testService({ publishNotReadyAddresses: true }),
    slices: [testSlice([testEndpoint('10.233.65.7', { conditions: { ...leaving.conditions, ready: true } })])],
    ends: { [cluster]: 'R R R R* R* R* R*' },
  },
  'terminating, the last resort': {
    service: testService(nodePort),
    slices: [testSlice([testEndpoint('10.233.64.7', leaving), testEndpoint('10.233.65.8', unready)])],
    ends: { [cluster]: 'L L L L* L* L* L*', [port]: 'L*' },
  },
  'terminating beside ready': {
    service: testService(nodePort),
    slices: [testSlice([testEndpoint('10.233.64.7', leaving), remote])],
    ends: { [cluster]: 'R R R R* R* R* R*', [port]: 'R*' },
  },
  hairpin: {
    service: testService(nodePort),
    slices: [testSlice([self])],
    ends: { [cluster]: 'self* self self self* self* self* self*', [port]: 'self*' },
  },
  'internal policy Local': {
    service: testService({ ...nodePort, internalTrafficPolicy: 'Local' }),
    slices: both,
    ends: { [cluster]: 'L L L L* L* L* L*', [port]: 'L*,R*' },
  },
  'internal policy Local, none here': {
    service: testService({ ...nodePort, internalTrafficPolicy: 'Local' }),
    slices: [testSlice([remote])],
    ends: { [cluster]: 'x', [port]: 'R*' },
  },
  'internal policy Local, one here that leaves': {
    service: testService({ internalTrafficPolicy: 'Local' }),
    slices: [testSlice([testEndpoint('10.233.64.7', leaving), remote])],
    ends: { [cluster]: 'L L L L* L* L* L*' },
  },
  'internal policy Local, none at all': {
    service: testService({ internalTrafficPolicy: 'Local' }),
    ends: { [cluster]: '-' },
  },
  NodePort: {
    service: testService(nodePort),
    slices: both,
    ends: { [cluster]: 'L,R L,R L,R L*,R* L*,R* L*,R* L*,R*', [port]: 'L*,R*', [loop]: 'L*,R*' },
  },
  'external policy Local': {
    service: testService(localNodePort),
    slices: both,
    ends: {
      [cluster]: 'L,R L,R L,R L*,R* L*,R* L*,R* L*,R*',
      [port]: 'L,R L L*,R* L*,R* L L*,R* L',
    },
  },
  'external policy Local, none here': {
    service: testService(localNodePort),
    slices: [testSlice([remote])],
    ends: { [cluster]: 'R R R R* R* R* R*', [port]: 'R x R* R* x R* x', [loop]: 'R x R* R* x R* x' },
  },
  'external policy Local, one here that leaves': {
    service: testService(localNodePort),
    slices: [testSlice([testEndpoint('10.233.64.7', leaving), remote])],
    ends: { [port]: 'R L R* R* L R* L' },
  },
  'external policy Local, none at all': {
    service: testService(localNodePort),
    ends: { [port]: '-' },
  },
  'both policies Local, none here': {
    service: testService({ ...localNodePort, internalTrafficPolicy: 'Local' }),
    slices: [testSlice([remote])],
    ends: { [cluster]: 'x', [port]: 'R x R* R* x R* x' },
  },
  LoadBalancer: {
    service: testService(balancer, vip),
    slices: [testSlice([remote])],
    ends: { [lb]: 'R*', [port]: 'R*', '172.29.0.200:81': '172.29.0.200:81' },
  },
  'LoadBalancer without node ports': {
    service: testService({ type: 'LoadBalancer', allocateLoadBalancerNodePorts: false }, vip),
    slices: [testSlice([remote])],
    ends: { [lb]: 'R*', [port]: '172.29.0.11:30080' },
  },
  'LoadBalancer, external policy Local': {
    service: testService({ ...balancer, externalTrafficPolicy: 'Local', healthCheckNodePort: 30099 }, vip),
    slices: both,
    // The machine under the nodes plays the balancer: it sends what is for the address as it came.
    ends: { [lb]: 'L,R L L*,R* L*,R* L L L' },
  },
  "balancers' addresses that no Service has": {
    service: testService(balancer, vip),
    slices: both,
    ends: { '172.29.0.230:80': '-' },
  },
  'LoadBalancer that proxies': {
    service: testService({ ...balancer, loadBalancerSourceRanges: ['192.0.2.0/24'] }, proxied),
    slices: [testSlice([remote])],
    ends: { [lb]: '172.29.0.200:80', [port]: 'R*' },
  },
  'source ranges': {
    service: testService({ ...balancer, loadBalancerSourceRanges: ['192.0.2.0/24', ' 10.233.64.0/24'] }, vip),
    slices: [testSlice([remote])],
    ends: { [lb]: 'R* x x x x x R*', [port]: 'R*', [cluster]: 'R R R R* R* R* R*' },
  },
  'source ranges with the node in them': {
    service: testService({ ...balancer, loadBalancerSourceRanges: ['172.29.0.11/32'] }, vip),
    slices: [testSlice([remote])],
    ends: { [lb]: 'x x R* x x x x' },
  },
  'source ranges of the other family admit nobody, everywhere admits all': {
    service: testService({ ...balancer, loadBalancerSourceRanges: ['2001:db8::/32'] }, vip),
    slices: [testSlice([remote])],
    ends: { [lb]: 'x' },
  },
  'source ranges, everywhere': {
    service: testService({ ...balancer, loadBalancerSourceRanges: ['192.0.2.0/24', '0.0.0.0/0'] }, vip),
    slices: [testSlice([remote])],
    ends: { [lb]: 'R*' },
  },
  'external addresses': {
    service: testService({ externalIPs: ['203.0.113.7', 'not an address'] }),
    slices: both,
    ends: { [external]: 'L*,R*' },
  },
  'external addresses, external policy Local': {
    service: testService({ externalIPs: ['203.0.113.7'], externalTrafficPolicy: 'Local' }),
    slices: [testSlice([remote])],
    ends: { [external]: 'R x R* R* x R* x' },
  },
  'several ports, each with its own target': {
    service: testService({
      ports: [
        { name: 'a', port: 80, protocol: 'TCP' },
        { name: 'b', port: 81, protocol: 'TCP' },
        { name: 'c', port: 82, protocol: 'TCP' },
      ],
    }),
    slices: [
      testSlice([remote], {
        ports: [
          { name: 'a', port: 8080, protocol: 'TCP' },
          { name: 'b', port: 9 },
        ],
      }),
      testSlice([local], { name: 'web-2', ports: [{ name: 'a', port: 8080, protocol: 'TCP' }] }),
    ],
    ends: {
      [cluster]: 'L,R L,R L,R L*,R* L*,R* L*,R* L*,R*',
      '10.233.0.10:81': '10.233.65.7:9 10.233.65.7:9 10.233.65.7:9 ' + '10.233.65.7:9* '.repeat(4).trim(),
      '10.233.0.10:82': '-',
    },
  },
  'two protocols on one port': {
    service: testService({
      ...nodePort,
      ports: [
        { name: 't', port: 80, protocol: 'TCP', nodePort: 30080 },
        { name: 'u', port: 80, protocol: 'UDP', nodePort: 30080 },
        { name: 's', port: 80, protocol: 'SCTP', nodePort: 30080 },
      ],
    }),
    slices: [
      testSlice([local], { ports: [{ name: 't', port: 8080, protocol: 'TCP' }] }),
      testSlice([remote], { name: 'web-2', ports: [{ name: 'u', port: 8080, protocol: 'UDP' }] }),
    ],
    ends: {
      [cluster]: 'L L L L* L* L* L*',
      [`${cluster}/UDP`]: 'R R R R* R* R* R*',
      [`${cluster}/SCTP`]: '-',
      [port]: 'L*',
      [`${port}/UDP`]: 'R*',
      [`${port}/SCTP`]: '-',
    },
  },
  'a named target port that differs from pod to pod': {
    service: testService(),
    slices: [
      testSlice([local], { ports: [{ name: '', port: 8080, protocol: 'TCP' }] }),
      testSlice([testEndpoint('10.233.65.7')], { name: 'web-2', ports: [{ name: '', port: 9, protocol: 'TCP' }] }),
    ],
    ends: { [cluster]: `${'L,10.233.65.7:9 '.repeat(3)}${'L*,10.233.65.7:9* '.repeat(4)}`.trim() },
  },
  'an endpoint in two slices, once as it was': {
    service: testService(),
    slices: [testSlice([testEndpoint('10.233.64.7', unready)]), testSlice([local], { name: 'web-2' })],
    ends: { [cluster]: 'L L L L* L* L* L*' },
  },
  'slices of others: another family, a headless label': {
    service: testService(),
    slices: [
      { ...testSlice([{ addresses: ['2001:db8::7'] }]), addressType: 'IPv6' },
      {
        ...testSlice([local], { name: 'web-2' }),
        metadata: {
          ...testSlice([], { name: 'web-2' }).metadata,
          labels: { 'kubernetes.io/service-name': 'web', 'service.kubernetes.io/headless': '' },
        },
      },
    ],
    ends: { [cluster]: '-' },
  },
  'zone hints': {
    service: testService({ ...nodePort, trafficDistribution: 'PreferSameZone' }),
    slices: [
      testSlice([
        testEndpoint('10.233.64.7', { hints: { forZones: [{ name: 'zone-b' }] } }),
        testEndpoint('10.233.65.7', { hints: { forZones: [{ name: 'zone-a' }] } }),
      ]),
    ],
    ends: { [cluster]: 'R R R R* R* R* R*', [port]: 'R*' },
  },
  'zone hints, none for this zone': {
    service: testService(),
    slices: [testSlice([testEndpoint('10.233.64.7', { hints: { forZones: [{ name: 'zone-b' }] } })])],
    ends: { [cluster]: 'L L L L* L* L* L*' },
  },
  'node hints before zone hints': {
    service: testService({ trafficDistribution: 'PreferSameNode' }),
    slices: [
      testSlice([
        testEndpoint('10.233.64.7', { hints: { forZones: [{ name: 'zone-a' }], forNodes: [{ name: 'node-1' }] } }),
        testEndpoint('10.233.65.7', { hints: { forZones: [{ name: 'zone-a' }], forNodes: [{ name: 'node-2' }] } }),
      ]),
    ],
    ends: { [cluster]: 'L L L L* L* L* L*' },
  },
  'a hint missing turns hints off; unready endpoints need none': {
    service: testService(),
    slices: [
      testSlice([
        local,
        testEndpoint('10.233.65.7', { hints: { forZones: [{ name: 'zone-a' }] } }),
        testEndpoint('10.233.65.8', unready),
      ]),
    ],
    ends: { [cluster]: 'L,R L,R L,R L*,R* L*,R* L*,R* L*,R*' },
  },
  'hints do not narrow policy Local': {
    service: testService(localNodePort),
    slices: [
      testSlice([
        testEndpoint('10.233.64.7', { hints: { forZones: [{ name: 'zone-b' }] } }),
        testEndpoint('10.233.65.7', { hints: { forZones: [{ name: 'zone-a' }] } }),
      ]),
    ],
    ends: { [port]: 'R L R* R* L R* L' },
  },
  'session affinity': {
    service: testService({ ...balancer, sessionAffinity: 'ClientIP', externalTrafficPolicy: 'Local' }, vip),
    slices: both,
    ends: { [cluster]: 'L,R L,R L,R L*,R* L*,R* L*,R* L*,R*', [lb]: 'L,R L L*,R* L*,R* L L L' },
  },
  headless: {
    service: testService({ clusterIP: 'None' }),
    slices: both,
    ends: { [cluster]: 'x', '10.233.64.7:8080': 'L' },
  },
  ExternalName: {
    service: testService({ type: 'ExternalName', externalName: 'example.org' }),
    slices: both,
    ends: { [cluster]: 'x' },
  },
  "another proxy's Service": {
    service: testService({}, { labels: { 'service.kubernetes.io/service-proxy-name': 'other' } }),
    slices: both,
    ends: { [cluster]: 'x' },
  },
  'the cluster DNS address is the node itself': {
    service: testService({ clusterIP: '10.233.0.3' }),
    slices: both,
    // Asked from 127.0.0.1 it would be the node's own address all the same; the mark does no harm there.
    ends: { '10.233.0.3:80': `${'10.233.0.3:80 '.repeat(3)}10.233.0.3:80*${' 10.233.0.3:80'.repeat(3)}` },
  },
};

for (const [name, { service, slices = [], ends }] of Object.entries(rows)) {
  test(name, () => {
    const table = new RulesetTable();
    table.set('web', planService(service, slices, testConfiguration));
    assert.deepEqual(endsOf(table, Object.keys(ends)), ends);
  });
}

test('host ports', () => {
  const pod = {
    metadata: { uid: 'p', name: 'p', namespace: 'default' },
    spec: {
      containers: [
        {
          name: 'a',
          ports: [
            { containerPort: 8080, hostPort: 90 },
            { containerPort: 8080, hostPort: 91, hostIP: '172.29.0.11' },
            { containerPort: 8080, hostPort: 92, hostIP: '127.0.0.1' },
            { containerPort: 8080, hostPort: 93, protocol: 'UDP' },
          ],
        },
      ],
    },
    status: { podIP: '10.233.64.5', phase: 'Running' },
  } as unknown as Pod;
  const table = new RulesetTable();
  table.set('pod', planHostPorts(pod));
  const ends = {
    '172.29.0.11:90': 'self* self self self* self self self',
    '127.0.0.1:90': 'self* self self self* self self self',
    '172.29.0.11:91': 'self* self self self* self self self',
    '127.0.0.1:91': '127.0.0.1:91',
    '127.0.0.1:92': 'self* self self self* self self self',
    '172.29.0.11:92': '172.29.0.11:92',
    '172.29.0.11:93/UDP': 'self* self self self* self self self',
    '172.29.0.11:93': '172.29.0.11:93',
  };
  assert.deepEqual(endsOf(table, Object.keys(ends)), ends);
});

/** Where every client's packet to each destination ends, in the table's notation. */
function endsOf(table: RulesetTable, destinations: readonly string[]): Record<string, string> {
  const ruleset = table.ruleset(planSkeleton(testConfiguration));
  const entries = destinations.map((to) => {
    const [address = '', protocol = 'TCP'] = to.split('/');
    const [destination = '', number] = address.split(':');
    const cells = Object.values(clients).map(({ source, ...rest }) => {
      const packet = { source, destination, protocol: protocol as 'TCP', port: Number(number) };
      const outcomes = traceText(ruleset, packet, { ...rest, localAddresses }).map((outcome) => {
        const end = outcome.replace(' masqueraded', '');
        return `${short[end] ?? end}${end === outcome ? '' : '*'}`;
      });
      return outcomes.join(',');
    });
    return [to, new Set(cells).size === 1 ? cells[0] : cells.join(' ')];
  });
  return Object.fromEntries(entries) as Record<string, string>;
}
