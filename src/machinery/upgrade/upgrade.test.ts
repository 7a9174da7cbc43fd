import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { requestUpgrade } from './request-upgrade.ts';
import { headOf, refuseUpgrade, relayRefusal, responseHead } from './response-head.ts';
import { splice } from './splice.ts';

/** Both ends of a TCP connection. */
async function pair(): Promise<{ near: Socket; far: Socket }> {
  const server = createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const near = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true });
  const [far] = (await once(server, 'connection')) as [Socket];
  server.close();
  for (const socket of [near, far]) socket.on('error', () => undefined);
  return { near, far };
}

test('what one side sent before it broke still reaches a slow reader', async () => {
  const [left, right] = [await pair(), await pair()];
  const done = splice(left.far, right.far);
  const payload = Buffer.alloc(1_000_000, 'x');
  left.near.pause();
  right.near.write(payload, () => right.near.resetAndDestroy());
  await sleep(50);
  // Written into a connection that has gone, it must not take away what came from there.
  left.near.write('too late');
  await sleep(50);
  const received = await buffer(left.near);
  assert.ok(received.length > 0 && payload.subarray(0, received.length).equals(received));
  left.near.end();
  await done;
});

test('a whole answer passes, in front of the end', async () => {
  const [left, right] = [await pair(), await pair()];
  const done = splice(left.far, right.far, { fromLeft: Buffer.from('early '), lingerMs: 0 });
  left.near.end('question');
  assert.equal(await text(right.near), 'early question');
  right.near.end(Buffer.alloc(2_000_000));
  assert.equal((await buffer(left.near)).length, 2_000_000);
  await done;
});

test('an upgrade is taken, refused in words, or fails', async () => {
  const server = createHttpServer();
  server.on('upgrade', (request, socket: Duplex) => {
    socket.on('error', () => undefined);
    if (request.url === '/refuse') refuseUpgrade(socket, 418, 'no');
    else socket.end(`${responseHead(101, ['Connection', 'Upgrade', 'Upgrade', 'x'])}hello`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const ask = (path: string) =>
    requestUpgrade({ url, path, method: 'GET', headers: { connection: 'Upgrade', upgrade: 'x' } });
  const taken = await ask('/take');
  assert.ok(taken.upgraded);
  assert.match(
    headOf(taken.response),
    /^HTTP\/1\.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n$/,
  );
  assert.equal(taken.head.toString() + (await text(taken.socket)), 'hello');
  const refused = await ask('/refuse');
  assert.ok(!refused.upgraded);
  const { near, far } = await pair();
  relayRefusal(far, refused.response);
  assert.match(await text(near), /^HTTP\/1\.1 418 I'm a Teapot\r\n(?:.*\r\n)*Connection: close\r\n\r\nno$/);
  near.end();
  server.close();
  await once(server, 'close');
  await assert.rejects(ask('/nobody'), { code: 'ECONNREFUSED' });
});
