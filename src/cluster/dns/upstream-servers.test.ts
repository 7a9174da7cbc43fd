import assert from 'node:assert/strict';
import { test } from 'node:test';
import { upstreamServers } from './upstream-servers.ts';

test('servers that a node can reach are taken, in order', () => {
  const text =
    '# nameserver 198.51.100.1\nnameserver 127.0.0.53\nnameserver 192.0.2.53\nnameserver 2001:db8::1\n nameserver 192.0.2.54\nsearch example.org\n';
  assert.deepEqual(upstreamServers(text), ['192.0.2.53', '192.0.2.54']);
});
