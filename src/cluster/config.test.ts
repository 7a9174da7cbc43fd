import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkName, nodesOf, parseEndpoints, parseMirror, parsePort, parsePortRange } from './config.ts';
import { UserError } from './user-error.ts';

test('nodes are numbered from one, in names, addresses and pod ranges', () => {
  assert.deepEqual(nodesOf({ nodes: 2, subnet: '172.30.5.0/24' }), [
    { name: 'kube-worker-1', index: 1, address: '172.30.5.11', podCidr: '10.233.64.0/24' },
    { name: 'kube-worker-2', index: 2, address: '172.30.5.12', podCidr: '10.233.65.0/24' },
  ]);
});

describe('input that fits', () => {
  test('names', () => assert.equal(checkName('ci-42'), 'ci-42'));
  test('port ranges', () => assert.deepEqual(parsePortRange('30000-32767'), { first: 30000, last: 32767 }));
  test('ports, 0 among them', () => assert.deepEqual([parsePort('--x', '0'), parsePort('--x', '65535')], [0, 65535]));
  test('mirrors with a port', () =>
    assert.deepEqual(parseMirror('localhost:5000=http://127.0.0.1:5001'), {
      registry: 'localhost:5000',
      url: 'http://127.0.0.1:5001',
    }));
});

test('etcds are named by their URLs', () => {
  const [a, b] = ['https://etcd-1.example:2379', 'http://[::1]:2379'];
  assert.deepEqual(parseEndpoints(`${a}/,${b}`), [a, b]);
});

describe('input that does not fit is named, with the remedy', () => {
  const cases: Record<string, () => unknown> = {
    'a name with a capital': () => checkName('Cox'),
    'a name that leaves its folder': () => checkName('../etc'),
    'a name too long': () => checkName('a'.repeat(21)),
    'a range backwards': () => parsePortRange('3-2'),
    'a range beyond the ports': () => parsePortRange('1-70000'),
    'a port in letters': () => parsePort('--x', 'http'),
    'a port too high': () => parsePort('--x', '65536'),
    'an etcd without a scheme': () => parseEndpoints('etcd:2379'),
    'an etcd with a path': () => parseEndpoints('https://etcd:2379/v3'),
    'an etcd with nothing behind the comma': () => parseEndpoints('https://etcd:2379,'),
    'a mirror without a URL': () => parseMirror('docker.io'),
    'a mirror with another scheme': () => parseMirror('docker.io=ftp://x'),
    'a mirror that would end a string': () => parseMirror('docker.io=http://x"y'),
  };
  for (const [name, run] of Object.entries(cases)) test(name, () => assert.throws(run, UserError));
});
