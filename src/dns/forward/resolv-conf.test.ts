import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { followNameservers, hostNameservers, nameserversOf, ownNameservers } from './resolv-conf.ts';
import { parseUpstream, upstreamText } from './upstream-address.ts';

const directory = mkdtempSync(join(tmpdir(), 'cox-resolv-'));
after(() => rmSync(directory, { recursive: true }));
const file = (name: string, text: string): string => {
  writeFileSync(join(directory, name), text);
  return join(directory, name);
};

test('nameservers are read, and nothing else', () => {
  const text =
    '# nameserver 192.0.2.9\nnameserver 192.0.2.1\n  nameserver\t2001:db8::1 \nnameserver fe80::1%eth0\nnameserver x\nsearch a b\nnameserver 192.0.2.1';
  assert.deepEqual(nameserversOf(text), ['192.0.2.1', '2001:db8::1']);
});

test("the host's own stub is replaced by what is behind it", () => {
  const stub = file('stub', 'nameserver 127.0.0.53\n');
  const behind = file('behind', 'nameserver 192.0.2.1\n');
  assert.deepEqual(hostNameservers({ path: stub, behindStub: behind }), ['192.0.2.1']);
  assert.deepEqual(hostNameservers({ path: stub, behindStub: join(directory, 'none') }), []);
  assert.deepEqual(ownNameservers({ path: stub }), ['127.0.0.53']);
  assert.deepEqual(
    hostNameservers({ path: file('mixed', 'nameserver 127.0.0.1\nnameserver 192.0.2.7'), behindStub: behind }),
    ['192.0.2.7'],
  );
});

test('a change of network is followed', () => {
  const path = file('moving', 'nameserver 192.0.2.1\n');
  const servers = followNameservers(hostNameservers, { path, behindStub: join(directory, 'none'), intervalMs: 0 });
  assert.deepEqual(servers(), ['192.0.2.1']);
  writeFileSync(path, 'nameserver 192.0.2.22\n');
  assert.deepEqual(servers(), ['192.0.2.22']);
  rmSync(path);
  assert.deepEqual(servers(), []);
});

test('addresses of servers', () => {
  for (const text of ['192.0.2.1:53', '192.0.2.1:5353', '[2001:db8::1]:53'])
    assert.equal(upstreamText(parseUpstream(text)), text);
  assert.deepEqual(parseUpstream('2001:db8::1'), { host: '2001:db8::1', port: 53 });
  for (const text of ['dns.example', '192.0.2.1:0', '192.0.2.1:65536', '[192.0.2.1]:53', '2001:db8::g', '']) {
    assert.throws(() => parseUpstream(text), RangeError, text);
  }
});
