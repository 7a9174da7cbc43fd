import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isClusterDevice } from './host/observe.ts';
import { bridgeName, hardwareAddress, hostLinkName, nodeIndexOf, nodeNamespace } from './names.ts';

const names = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/);

test('interface names fit the kernel, are recognised, and are told apart', () => {
  fc.assert(
    fc.property(names, names, (a, b) => {
      for (const name of [bridgeName(a), hostLinkName(a, 1), hostLinkName(a, 240)]) {
        assert.ok(name.length <= 15);
        assert.ok(isClusterDevice(name));
      }
      if (a !== b) {
        assert.notEqual(bridgeName(a), bridgeName(b));
        assert.notEqual(hostLinkName(a, 1), hostLinkName(b, 1));
      }
    }),
  );
});

test("a node's namespace tells its cluster and number, also between clusters with similar names", () => {
  assert.equal(nodeIndexOf('a', nodeNamespace('a', 12)), 12);
  assert.equal(nodeIndexOf('a', nodeNamespace('a-1', 2)), undefined);
  assert.equal(nodeIndexOf('a-1', nodeNamespace('a-1', 2)), 2);
  assert.equal(nodeIndexOf('a', 'other'), undefined);
});

test('names that could be something else in a command are refused', () => {
  for (const name of ['', 'A', 'a b', '-a', 'a;b', 'a\nb', 'a/b', '"a"']) {
    assert.throws(() => bridgeName(name), RangeError, JSON.stringify(name));
  }
});

test('interfaces of others are not taken for ours', () => {
  for (const name of ['eth0', 'docker0', 'cx0', 'cxgb4', 'cali1234', 'br-cox', 'lo']) {
    assert.equal(isClusterDevice(name), false, name);
  }
});

test('hardware addresses are local, unicast, and differ between ends and nodes', () => {
  const all = (['host', 'node'] as const).flatMap((role) =>
    ['172.29.0.11', '172.29.0.12'].map((ip) => hardwareAddress(role, ip)),
  );
  assert.equal(new Set(all).size, 4);
  for (const address of all) assert.equal(Number.parseInt(address.slice(0, 2), 16) & 3, 2);
});
