import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { duplexPair } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import * as fc from 'fast-check';
import { SpdyConnection } from './connection.ts';
import type { Frame } from './frame.ts';
import { encodeFrame, FrameReader, initialWindowSetting, resetStatus } from './frame.ts';
import { HeaderCompressor } from './header-block.ts';
import type { SpdyStream } from './stream.ts';

async function eventually(what: string, check: () => boolean): Promise<void> {
  for (let tries = 0; !check(); tries++) {
    assert.ok(tries < 1000, `in vain: ${what}`);
    await sleep(10);
  }
}

interface Pair {
  readonly client: SpdyConnection;
  readonly server: SpdyConnection;
  readonly next: () => Promise<SpdyStream>;
}

/** A client and a server that are connected in memory; `next` is the next stream that the server was asked for. */
function pair(): Pair {
  const [left, right] = duplexPair();
  const streams: SpdyStream[] = [];
  let arrived = Promise.withResolvers<void>();
  const onStream = (stream: SpdyStream): void => {
    stream.accept();
    streams.push(stream);
    arrived.resolve();
  };
  return {
    client: new SpdyConnection(left, { role: 'client' }),
    server: new SpdyConnection(right, { role: 'server', onStream }),
    async next() {
      while (streams.length === 0) {
        await arrived.promise;
        arrived = Promise.withResolvers();
      }
      return streams.shift() as SpdyStream;
    },
  };
}

test('a stream carries bytes both ways and closes by halves', async () => {
  const { client, server, next } = pair();
  const ours = client.open({ streamType: 'data', port: '80' });
  await ours.accepted;
  const theirs = await next();
  assert.deepEqual({ ...theirs.headers }, { streamtype: 'data', port: '80' });
  ours.end('question');
  assert.equal(await text(theirs), 'question');
  theirs.end('answer');
  assert.equal(await text(ours), 'answer');
  client.close();
  assert.equal(await server.closed, undefined);
  assert.equal(await client.closed, undefined);
});

test('megabytes pass on several streams at once', async () => {
  const { client, server, next } = pair();
  const payload = Buffer.alloc(3_000_000, 'abcdefghij');
  const streams = [0, 1, 2].map((index) => client.open({ index: String(index) }));
  for (const stream of streams) stream.end(payload);
  for (const _ of streams) assert.ok((await buffer(await next())).equals(payload));
  client.destroy();
  await server.closed;
});

test('what arrived before a reset can still be read, and later writes go nowhere', async () => {
  const { client, server, next } = pair();
  const ours = client.open({});
  const theirs = await next();
  theirs.write('last words');
  await eventually('the words', () => ours.readableLength > 0);
  theirs.reset(resetStatus.cancel);
  const [status] = (await once(ours, 'reset')) as [number];
  assert.equal(status, resetStatus.cancel);
  ours.write('into the void');
  assert.equal(await text(ours), 'last words');
  const other = client.open({});
  other.end('still here');
  assert.equal(await text(await next()), 'still here');
  client.destroy();
  await server.closed;
});

test('a lost connection ends its streams', async () => {
  const { client, server, next } = pair();
  const ours = client.open({});
  const theirs = await next();
  server.destroy();
  await once(ours, 'reset');
  assert.equal(await text(ours), '');
  theirs.resume();
  await client.closed;
  assert.throws(() => client.open({}), { code: 'SPDY_CLOSED' });
});

test('a stream that nobody reads holds a megabyte and then the connection, until it is dropped', async () => {
  const { client, server, next } = pair();
  const idle = client.open({});
  idle.on('error', () => undefined);
  idle.write(Buffer.alloc(4_000_000));
  const unread = await next();
  await eventually('a full window', () => unread.readableLength >= 1024 * 1024);
  await sleep(50);
  assert.ok(unread.readableLength < 1_500_000);
  unread.destroy();
  const other = client.open({});
  other.end('through');
  assert.equal(await text(await next()), 'through');
  client.destroy();
  await server.closed;
});

test('what was read ahead outlives the connection', async () => {
  const [left, right] = duplexPair();
  const sender = new SpdyConnection(left, { role: 'client' });
  const arrived = Promise.withResolvers<SpdyStream>();
  const receiver = new SpdyConnection(right, { role: 'server', onStream: arrived.resolve, readAhead: 8 * 1024 * 1024 });
  const stream = sender.open({});
  stream.end(Buffer.alloc(3_000_000));
  const received = await arrived.promise;
  await sleep(100);
  sender.destroy();
  assert.equal((await buffer(received)).length, 3_000_000);
  await receiver.closed;
});

interface RawPeer {
  readonly frames: Frame[];
  send(frame: Frame): void;
  readonly connection: SpdyConnection;
  sent(type: Frame['type']): Frame[];
}

function rawPeer(role: 'client' | 'server', onStream?: (stream: SpdyStream) => void): RawPeer {
  const [near, far] = duplexPair();
  const reader = new FrameReader();
  const frames: Frame[] = [];
  far.on('data', (chunk: Buffer) => frames.push(...reader.read(chunk)));
  far.on('error', () => undefined);
  const connection = new SpdyConnection(near, onStream === undefined ? { role } : { role, onStream });
  const sent = (type: Frame['type']): Frame[] => frames.filter((frame) => frame.type === type);
  return { frames, connection, sent, send: (frame) => void far.write(encodeFrame(frame)) };
}

const bytesIn = (frames: readonly Frame[]): number =>
  frames.reduce((sum, frame) => sum + (frame.type === 'data' ? frame.data.length : 0), 0);

test('windows bind only towards a peer that keeps them', async () => {
  const lax = rawPeer('client');
  lax.connection.open({}).write(Buffer.alloc(200_000));
  await eventually('all of it', () => bytesIn(lax.frames) === 200_000);
  lax.connection.destroy();

  const strict = rawPeer('client');
  strict.send({ type: 'settings', entries: [{ id: initialWindowSetting, value: 1000 }] });
  strict.send({ type: 'ping', id: 2 });
  await eventually('the settings to be read', () => strict.sent('ping').length === 1);
  const stream = strict.connection.open({});
  stream.write(Buffer.alloc(5000));
  await eventually('the first window', () => bytesIn(strict.frames) >= 1000);
  await sleep(50);
  assert.equal(bytesIn(strict.frames), 1000);
  strict.send({ type: 'windowUpdate', streamId: stream.id, delta: 3000 });
  await eventually('the second window', () => bytesIn(strict.frames) >= 4000);
  assert.equal(bytesIn(strict.frames), 4000);
  strict.connection.destroy();
});

test('a peer is told what was read; its pings come back, ours do not', async () => {
  const peer = rawPeer('server', (stream) => void stream.resume());
  peer.send({
    type: 'synStream',
    streamId: 1,
    associatedStreamId: 0,
    priority: 0,
    fin: false,
    unidirectional: false,
    headerBlock: new HeaderCompressor().compress({}),
  });
  peer.send({ type: 'data', streamId: 1, fin: false, data: Buffer.alloc(40_000) });
  peer.send({ type: 'ping', id: 7 });
  peer.send({ type: 'ping', id: 8 });
  const told = (id: number): boolean =>
    peer.sent('windowUpdate').some((frame) => (frame as { streamId: number }).streamId === id);
  await eventually('what was read', () => told(0) && told(1) && peer.sent('ping').length > 0);
  assert.deepEqual(peer.sent('ping'), [{ type: 'ping', id: 7 }]);
  peer.connection.destroy();
});

test('a stream without a taker is refused, data for a stream that never was is answered', async () => {
  const peer = rawPeer('client');
  const headerBlock = new HeaderCompressor().compress({});
  peer.send({
    type: 'synStream',
    streamId: 2,
    associatedStreamId: 0,
    priority: 0,
    fin: false,
    unidirectional: false,
    headerBlock,
  });
  peer.send({ type: 'data', streamId: 44, fin: true, data: Buffer.from('?') });
  await eventually('two resets', () => peer.sent('rstStream').length >= 2);
  assert.deepEqual(peer.sent('rstStream'), [
    { type: 'rstStream', streamId: 2, status: resetStatus.refusedStream },
    { type: 'rstStream', streamId: 44, status: resetStatus.invalidStream },
  ]);
  peer.connection.destroy();
});

const frameArbitrary: fc.Arbitrary<Buffer> = fc
  .record({
    isControl: fc.boolean(),
    type: fc.integer({ min: 0, max: 12 }),
    flags: fc.integer({ min: 0, max: 3 }),
    id: fc.integer({ min: 0, max: 9 }),
    body: fc.uint8Array({ maxLength: 40 }),
  })
  .map(({ isControl, type, flags, id, body }) => {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(isControl ? (0x80030000 | type) >>> 0 : id, 0);
    head.writeUInt8(flags, 4);
    const rest = isControl ? Buffer.concat([Buffer.from([0, 0, 0, id]), body]) : Buffer.from(body);
    head.writeUIntBE(rest.length, 5, 3);
    return Buffer.concat([head, rest]);
  });

test('no bytes whatever do more than end the connection', async () => {
  const noise = fc.array(
    fc.oneof(
      fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
      frameArbitrary,
    ),
    {
      maxLength: 12,
    },
  );
  const run = async (chunks: readonly Buffer[], role: 'client' | 'server'): Promise<void> => {
    const [near, far] = duplexPair();
    far.on('error', () => undefined).resume();
    const connection = new SpdyConnection(near, {
      role,
      onStream: (stream) => {
        stream.accept();
        stream.on('error', () => undefined).resume();
        stream.end('x');
      },
    });
    if (role === 'client')
      connection
        .open({ a: 'b' })
        .on('error', () => undefined)
        .resume();
    for (const chunk of chunks) if (!far.writableEnded) far.write(chunk);
    far.end();
    await connection.closed;
  };
  await fc.assert(fc.asyncProperty(noise, fc.constantFrom('client' as const, 'server' as const), run), {
    numRuns: 300,
    interruptAfterTimeLimit: 10_000,
  });
});

test('frames survive any cut of the byte stream', () => {
  const frames: Frame[] = [
    {
      type: 'synStream',
      streamId: 1,
      associatedStreamId: 0,
      priority: 3,
      fin: false,
      unidirectional: true,
      headerBlock: Buffer.from('abc'),
    },
    { type: 'synReply', streamId: 1, fin: true, headerBlock: Buffer.from('defg') },
    {
      type: 'settings',
      entries: [
        { id: 7, value: 65536 },
        { id: 4, value: 100 },
      ],
    },
    { type: 'ping', id: 3 },
    { type: 'data', streamId: 1, fin: true, data: Buffer.from('payload') },
    { type: 'windowUpdate', streamId: 0, delta: 0x7fffffff },
    { type: 'rstStream', streamId: 1, status: 5 },
    { type: 'goAway', lastStreamId: 1, status: 0 },
  ];
  const bytes = Buffer.concat(frames.map(encodeFrame));
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 40 }), (cuts) => {
      const reader = new FrameReader();
      const seen: Frame[] = [];
      for (let offset = 0, turn = 0; offset < bytes.length; turn++) {
        const size = cuts[turn % cuts.length] ?? 1;
        seen.push(...reader.read(bytes.subarray(offset, offset + size)));
        offset += size;
      }
      const joined = seen.filter((frame) => frame.type === 'data').map((frame) => (frame as { data: Buffer }).data);
      assert.equal(Buffer.concat(joined).toString(), 'payload');
      assert.equal(seen.findLast((frame) => frame.type === 'data')?.fin, true);
      assert.deepEqual(
        seen.filter((frame) => frame.type !== 'data'),
        frames.filter((frame) => frame.type !== 'data'),
      );
    }),
  );
});

test('a closed connection leaves no socket behind', async () => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const far = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [near] = (await once(server, 'connection')) as [Socket];
  const connection = new SpdyConnection(near, { role: 'server' });
  far.on('data', () => undefined);
  connection.close();
  await once(far, 'close');
  await connection.closed;
  server.close();
});
