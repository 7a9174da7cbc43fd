import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HostState } from './host/plan.ts';
import { planHost } from './host/plan.ts';
import type { ClusterNetwork } from './layout.ts';
import { maxNodes, nodeAddress, refusalMetric } from './layout.ts';
import { planNode } from './node/plan.ts';
import { nodeLinks, shortCutRuleset } from './node/short-cut.ts';

const network: ClusterNetwork = {
  cluster: 'demo',
  subnet: '172.29.3.0/24',
  nodes: [1, 2],
  podRange: '10.233.64.0/18',
  serviceRange: '10.233.0.0/18',
  dnsAddress: '10.233.0.3',
  isolated: false,
  publish: { api: 6443, http: 80, https: 443, nodePorts: { from: 30000, to: 32767 } },
};
const host: HostState = { hasBridge: false, hasIpv6: true, addresses: ['192.0.2.2'], uplinks: ['eth0'] };
const rulesOf = (plan: { readonly ruleset: string }, chain: string): readonly string[] =>
  plan.ruleset
    .split('\n')
    .filter((line) => line.startsWith('add rule') && line.split(' ')[4] === chain)
    .map((line) => line.split(' ').slice(5).join(' '));

test('pod and Service addresses are thrown back on the host, by a metric of the cluster', () => {
  const lines = planHost(network, host).links.filter((line) => line.includes('throw'));
  assert.deepEqual(lines, [
    'route replace throw 10.233.0.0/18 metric 11279619 proto 83',
    'route replace throw 10.233.64.0/18 metric 11279619 proto 83',
  ]);
  assert.notEqual(refusalMetric('172.29.3.0/24'), refusalMetric('172.29.4.0/24'));
});

test('the subnet is guarded before the bridge is made', () => {
  const { links } = planHost(network, host);
  assert.match(links[0] ?? '', /^route replace unreachable 172\.29\.3\.0\/24 /);
  assert.ok(links.findIndex((line) => line.startsWith('link add')) > 0);
});

test('free addresses of load balancers are refused on the host, and no node ever has one', () => {
  const { links } = planHost(network, host);
  assert.ok(links.includes('route replace unreachable 172.29.3.192/26 metric 11279619 proto 83'));
  assert.equal(nodeAddress(network, maxNodes), '172.29.3.190');
});

test('a bridge that is there is not made again', () => {
  assert.ok(!planHost(network, { ...host, hasBridge: true }).links.some((line) => line.startsWith('link add')));
});

const forwarding: Record<string, { isolated: boolean; chain: string; expected: string[] }> = {
  'isolated: nothing is forwarded': {
    isolated: true,
    chain: 'forward',
    expected: ['iifname "cox-demo" oifname "cox-demo" accept', 'iifname "cox-demo" drop', 'oifname "cox-demo" drop'],
  },
  'isolated: no address translation to the outside': {
    isolated: true,
    chain: 'postrouting',
    expected: ['oifname "cox-demo" ip saddr != 172.29.3.0/24 fib saddr type local masquerade'],
  },
  'open: nobody outside starts a connection into the nodes, except through a published port': {
    isolated: false,
    chain: 'forward',
    expected: [
      'iifname "cox-demo" oifname "cox-demo" accept',
      'iifname "cox-demo" accept',
      'oifname "cox-demo" ct state established,related accept',
      'oifname "cox-demo" ct status dnat accept',
      'oifname "cox-demo" drop',
    ],
  },
  'open: nodes leave with the address of the host': {
    isolated: false,
    chain: 'postrouting',
    expected: [
      'oifname "cox-demo" ip saddr != 172.29.3.0/24 fib saddr type local masquerade',
      'ip saddr 172.29.3.0/24 oifname != "cox-demo" masquerade',
    ],
  },
};
for (const [name, { isolated, chain, expected }] of Object.entries(forwarding)) {
  test(name, () => assert.deepEqual(rulesOf(planHost({ ...network, isolated }, host), chain), expected));
}

test('published ports lead to the API and to all nodes', () => {
  const plan = planHost(network, host);
  assert.deepEqual(rulesOf(plan, 'publish-api'), ['tcp dport 6443 dnat to 172.29.3.1:6443']);
  assert.deepEqual(rulesOf(plan, 'publish'), [
    'jump publish-api',
    'tcp dport 80 dnat to numgen random mod 2 map { 0 : 172.29.3.11, 1 : 172.29.3.12 }:80',
    'tcp dport 443 dnat to numgen random mod 2 map { 0 : 172.29.3.11, 1 : 172.29.3.12 }:443',
    'meta l4proto { 6, 17, 132 } th dport 30000-32767 dnat to jhash ip saddr mod 2 seed 0x636f78 map { 0 : 172.29.3.11, 1 : 172.29.3.12 }',
  ]);
});

test('port 0 publishes nothing', () => {
  const plan = planHost({ ...network, publish: { api: 0, http: 0, https: 0, nodePorts: undefined } }, host);
  assert.deepEqual([...rulesOf(plan, 'publish-api'), ...rulesOf(plan, 'publish')], ['jump publish-api']);
});

test('an isolated cluster borrows no setting of the host', () => {
  assert.deepEqual(planHost({ ...network, isolated: true }, host).borrowedSysctls, []);
  assert.deepEqual(planHost(network, host).borrowedSysctls, [{ key: 'net/ipv4/conf/eth0/forwarding', value: '1' }]);
});

test('a node has a way out unless it is isolated', () => {
  const open = planNode(network, 1).inside.filter((line) => line.includes('default'));
  assert.deepEqual(open, ['route replace default via 172.29.3.1 dev eth0 src 172.29.3.11 proto 83']);
  const isolated = planNode({ ...network, isolated: true }, 1).inside;
  assert.ok(isolated.includes('route flush exact 0.0.0.0/0'));
  assert.ok(!isolated.some((line) => line.includes('default')));
});

test("other nodes' pods are reached through their nodes, all others are refused", () => {
  const { inside } = planNode(network, 1, [{ podRange: '10.233.65.0/24', nodeAddress: '172.29.3.12' }]);
  assert.ok(inside.includes('route replace unreachable 10.233.64.0/18 proto 83'));
  assert.ok(inside.includes('route replace 10.233.65.0/24 via 172.29.3.12 dev eth0 proto 84'));
});

const refused: Record<string, Partial<ClusterNetwork>> = {
  'a subnet that is no /24': { subnet: '172.29.0.0/16' },
  'a node number beyond the subnet': { nodes: [241] },
  'a range that is none': { podRange: '10.233.64.0/33' },
  'an address with something behind it': { dnsAddress: '10.233.0.3; reboot' },
  'a port that is none': { publish: { ...network.publish, http: 65_536 } },
  'a name that is none': { cluster: 'a b' },
};
for (const [name, change] of Object.entries(refused)) {
  test(`refused: ${name}`, () => {
    assert.throws(() => planHost({ ...network, ...change }, host), RangeError);
  });
}

test('the short cut knows the links that are there', () => {
  const { hostLink } = planNode(network, 2);
  const links = nodeLinks('demo', network.subnet, ['lo', 'eth0', hostLink, 'cox-demo']);
  assert.deepEqual(links, [{ hostLink, nodeHardwareAddress: '0a:c0:ac:1d:03:0c' }]);
  assert.match(shortCutRuleset('demo', links), /add element netdev cox-demo links \{ 0a:c0:ac:1d:03:0c : "cx/);
  assert.equal(nodeAddress(network, 2), '172.29.3.12');
});
