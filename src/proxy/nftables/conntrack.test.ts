import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFlows, staleFlows } from './conntrack.ts';

const text = `
udp      17 29 src=10.233.64.5 dst=10.233.0.10 sport=4053 dport=53 src=10.233.65.7 dst=10.233.64.5 sport=8080 dport=4053 mark=0 use=1
udp      17 9 src=10.233.64.6 dst=10.233.0.10 sport=1 dport=53 [UNREPLIED] src=10.233.65.8 dst=10.233.64.6 sport=8080 dport=1 mark=0 use=1
conntrack v1.4.7 (conntrack-tools): 2 flow entries have been shown.
`;

test('flows are read from what conntrack prints, answered or not', () => {
  assert.deepEqual(parseFlows(text), [
    { destination: { ip: '10.233.0.10', port: 53 }, answeredBy: { ip: '10.233.65.7', port: 8080 } },
    { destination: { ip: '10.233.0.10', port: 53 }, answeredBy: { ip: '10.233.65.8', port: 8080 } },
  ]);
});

const endpoint = { ip: '10.233.65.7', port: 8080 };
const expectation = {
  destinations: new Map([
    ['10.233.0.10:53', [endpoint]],
    ['10.233.0.11:53', []],
    [':30053', [endpoint]],
  ]),
  nodePortAddresses: ['127.0.0.0/8', '172.29.0.11'],
  serviceRanges: ['10.233.0.0/18'],
};

const cases: Record<string, { to: [string, number]; answeredBy: [string, number]; stale: boolean }> = {
  'an endpoint of today': { to: ['10.233.0.10', 53], answeredBy: ['10.233.65.7', 8080], stale: false },
  'an endpoint of yesterday': { to: ['10.233.0.10', 53], answeredBy: ['10.233.65.8', 8080], stale: true },
  'begun before there was an endpoint': { to: ['10.233.0.10', 53], answeredBy: ['10.233.0.10', 53], stale: true },
  'a Service that has lost its endpoints': { to: ['10.233.0.11', 53], answeredBy: ['10.233.65.7', 8080], stale: true },
  'a Service that is gone': { to: ['10.233.0.12', 53], answeredBy: ['10.233.65.7', 8080], stale: true },
  'a Service address that the node serves': { to: ['10.233.0.3', 53], answeredBy: ['10.233.0.3', 53], stale: false },
  'a node port': { to: ['172.29.0.11', 30053], answeredBy: ['10.233.65.7', 8080], stale: false },
  'a node port, moved': { to: ['127.0.0.1', 30053], answeredBy: ['10.233.65.8', 8080], stale: true },
  "somebody else's traffic": { to: ['192.0.2.1', 53], answeredBy: ['192.0.2.2', 53], stale: false },
};
for (const [name, { to, answeredBy, stale }] of Object.entries(cases)) {
  test(`UDP flows: ${name}`, () => {
    const flow = {
      destination: { ip: to[0], port: to[1] },
      answeredBy: { ip: answeredBy[0], port: answeredBy[1] },
    };
    assert.equal(staleFlows([flow, flow], expectation).length, stale ? 1 : 0);
  });
}
