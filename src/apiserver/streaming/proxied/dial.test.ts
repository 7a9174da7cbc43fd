import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { dial } from './dial.ts';

test('the limit of an attempt is none of the connection', async (t) => {
  const server = createServer((socket) => socket.pipe(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const limit = new AbortController();
  const socket = await dial('127.0.0.1', port, limit.signal);
  limit.abort();
  socket.write('still there');
  assert.equal(String((await once(socket, 'data'))[0]), 'still there');
  socket.destroy();
  await assert.rejects(dial('127.0.0.1', port, AbortSignal.abort(new Error('too late'))), /too late/);
  const attempt = dial('127.0.0.1', port, AbortSignal.timeout(0));
  await attempt.then(
    (connected) => connected.destroy(),
    (error: Error) => assert.equal(error.name, 'TimeoutError'),
  );
});
