// oxlint-disable no-restricted-imports -- hostile clients come over real connections, well-meaning ones beside them
import assert from 'node:assert/strict';
import type { EventEmitter } from 'node:events';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2';
import { connect as connectHttp2, constants } from 'node:http2';
import type { Socket } from 'node:net';
import { connect as connectTcp } from 'node:net';
import { PassThrough } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { connect as connectTls } from 'node:tls';
import { queryObjects, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { configMaps } from '../../api/resources.ts';
import { isStatus } from '../../api/status-error.ts';
import type { ListeningServer } from '../testing/start.ts';
import { startListeningServer } from '../testing/start.ts';
import { maxBodyBytes, readBody } from './read-body.ts';

let server: ListeningServer;
let tls: { readonly ca: string; readonly cert: string; readonly key: string };
const open = new Set<{ destroy(): unknown }>();

before(async () => {
  server = await startListeningServer();
  const read = (file: string): Promise<string> => readFile(file, 'utf8');
  const { authority, admin } = server.pki;
  tls = {
    ca: await read(authority.certificateFile),
    cert: await read(admin.certificateFile),
    key: await read(admin.keyFile),
  };
});
after(async () => {
  for (const each of open) each.destroy();
  await server[Symbol.asyncDispose]();
});

function http2(): ClientHttp2Session {
  const session = connectHttp2(`https://127.0.0.1:${server.listener.port}`, tls);
  session.on('error', () => undefined);
  open.add(session);
  return session;
}

async function http1(credentials: object = tls): Promise<TLSSocket> {
  const socket = connectTls({
    host: '127.0.0.1',
    port: server.listener.port,
    ca: tls.ca,
    ...credentials,
    ALPNProtocols: ['http/1.1'],
  });
  open.add(socket);
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  return socket;
}

/** All that comes until the server closes the connection, or falls silent. */
async function answerOf(socket: Socket, quietMs = 200): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  const over = new Promise<void>((resolve) => {
    for (const event of ['close', 'end', 'error']) socket.once(event, () => resolve());
  });
  await Promise.race([over, sleep(quietMs)]);
  socket.destroy();
  return Buffer.concat(chunks).toString('latin1');
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

async function exchange(session: ClientHttp2Session, headers: Record<string, string>, body?: Buffer): Promise<Answer> {
  const stream = session.request({ 'content-type': 'application/json', ...headers }, { endStream: body === undefined });
  let status = 0;
  stream.on('response', (response) => (status = Number(response[':status'])));
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  if (body !== undefined) stream.end(body);
  stream.on('error', () => undefined);
  await once(stream, 'close');
  return { status, text: Buffer.concat(chunks).toString() };
}

/** Whatever else goes on: somebody who behaves gets an answer, soon. */
async function serves(): Promise<void> {
  const session = http2();
  const began = performance.now();
  assert.equal((await exchange(session, { ':path': '/readyz' })).status, 200);
  const took = performance.now() - began;
  assert.ok(took < 2000, `${Math.round(took)} ms`);
  session.close();
}

let collect: (() => void) | undefined;
/** Bytes in use, after what nobody needs has gone. */
async function memory(): Promise<number> {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  await sleep(20);
  collect();
  await sleep(20);
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const maps = '/api/v1/namespaces/default/configmaps';
const big = (bytes: number): Buffer =>
  Buffer.from(
    JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'big' }, data: { a: 'x'.repeat(bytes) } }),
  );

describe('a body that is too large', () => {
  it('is refused when it says so', async () => {
    const socket = await http1();
    socket.write(
      `POST ${maps} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n{`,
    );
    const answer = await answerOf(socket);
    assert.match(answer, /^HTTP\/1.1 413 /);
    assert.match(answer, /"reason":"RequestEntityTooLarge"/);
  });

  it('is refused when it grows', async () => {
    const session = http2();
    const { status, text } = await exchange(session, { ':method': 'POST', ':path': maps }, big(maxBodyBytes + 1));
    assert.equal(status, 413);
    assert.match(text, /Request entity too large: limit is 3145728/);
    assert.equal((await exchange(session, { ':path': '/readyz' })).status, 200, 'the connection goes on');
    session.close();
  });

  it('is taken when it is not', async () => {
    const session = http2();
    const { status, text } = await exchange(session, { ':method': 'POST', ':path': maps }, big(1_500_000));
    // Of ConfigMaps it is too much all the same, but that is the kind's to say.
    assert.deepEqual([status, text.includes('may not be more than 1048576 bytes')], [422, true]);
    session.close();
  });
});

describe('what is no HTTP', () => {
  const lines: Readonly<Record<string, string>> = {
    garbage: '\x00\x01\x02\xff\xfe nothing at all \r\n\r\n',
    'half a request': 'GET',
    'a line without end': `GET /${'a'.repeat(100_000)}`,
    'headers without end': `GET / HTTP/1.1\r\n${'X-A: b\r\n'.repeat(20_000)}`,
    'a length and chunks': `POST ${maps} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    'two lengths': `POST ${maps} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef`,
    'a length below zero': `POST ${maps} HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n`,
    'a chunk below zero': `POST ${maps} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nabc\r\n`,
    'another protocol': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'a proxy request': 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n',
    'an upgrade to nowhere': 'GET /api/v1/pods HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
    'a star': 'OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n',
    'a whole address': 'GET http://example.com/api HTTP/1.1\r\nHost: x\r\n\r\n',
  };
  for (const [name, text] of Object.entries(lines)) {
    it(`is refused: ${name}`, async () => {
      const socket = await http1();
      socket.write(Buffer.from(text, 'latin1'));
      const answer = await answerOf(socket, 150);
      if (answer !== '') assert.match(answer, /^HTTP\/1\.1 4\d\d /);
      await serves();
    });
  }

  it('over TCP without TLS', async () => {
    for (const text of ['GET / HTTP/1.1\r\n\r\n', '\x16\x03\x01\xff\xff', '']) {
      const socket = connectTcp(server.listener.port, '127.0.0.1');
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      socket.end(Buffer.from(text, 'latin1'));
      await answerOf(socket, 200);
    }
    await serves();
  });

  it('over HTTP/2', async () => {
    const session = http2();
    await once(session, 'connect');
    const odd: readonly Record<string, string>[] = [
      { ':method': 'constructor', ':path': '/api/v1/pods' },
      { ':path': '/%zz' },
      { ':path': '/api/v1/namespaces/default/pods/x/__proto__' },
      { ':path': '/api/v1/namespaces/a%2fb/pods' },
      { ':method': 'OPTIONS', ':path': '*' },
      { ':path': `/${'a'.repeat(10_000)}` },
      { ':path': '/api/v1/pods', accept: ','.repeat(3000) },
    ];
    for (const headers of odd) {
      const { status } = await exchange(session, headers);
      assert.ok(status >= 400 && status < 500, `${status} for ${JSON.stringify(headers).slice(0, 80)}`);
    }
    session.close();
  });
});

describe('a client that takes its time', () => {
  it('is told so when its body does not come', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const body = readBody(new PassThrough(), 10);
    context.mock.timers.tick(60_001);
    const error = await body.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(isStatus(error, 'Timeout'));
    assert.equal(error.code, 408);
  });

  it('keeps nobody else waiting, and leaves nothing behind', async () => {
    const before = await memory();
    const sockets: TLSSocket[] = [];
    for (let index = 0; index < 100; index += 1) {
      const socket = await http1({});
      socket.write(
        `POST ${maps} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 3000000\r\n\r\n{"a":"`,
      );
      sockets.push(socket);
    }
    await serves();
    for (const socket of sockets) socket.destroy();
    await sleep(100);
    const grown = (await memory()) - before;
    assert.ok(grown < 20_000_000, `${grown} bytes`);
  });

  it('may be one of thousands that say nothing', { timeout: 20_000 }, async () => {
    const sockets = Array.from({ length: 3000 }, () => {
      const socket = connectTcp(server.listener.port, '127.0.0.1');
      socket.on('error', () => undefined);
      return socket;
    });
    const secure = await Promise.all(Array.from({ length: 200 }, () => http1({})));
    await serves();
    for (const socket of [...sockets, ...secure]) socket.destroy();
    await sleep(100);
    await serves();
  });
});

describe('a client that asks and goes', () => {
  it('may do so thousands of times', async () => {
    const before = await memory();
    for (let round = 0; round < 5; round += 1) {
      const session = http2();
      await once(session, 'connect');
      for (let index = 0; index < 900; index += 1) {
        const stream = session.request({ ':path': '/api/v1/namespaces/default/configmaps?watch=true' });
        stream.on('error', () => undefined);
        stream.close(constants.NGHTTP2_CANCEL);
      }
      await sleep(20);
      session.destroy();
    }
    await serves();
    const grown = (await memory()) - before;
    assert.ok(grown < 30_000_000, `${grown} bytes`);
    const { body } = await server.client().raw('GET', '/metrics');
    const watches = /^apiserver_longrunning_requests\{[^}]*configmaps[^}]*\} (\d+)/m.exec(body.toString())?.[1] ?? '0';
    assert.equal(watches, '0', 'no watch is left');
  });
});

describe('a client that watches and goes', () => {
  it('may do so hundreds of times', { timeout: 120_000 }, async () => {
    await cycles(50);
    const before = await memory();
    await cycles(400);
    const grown = (await memory()) - before;
    assert.ok(grown < 10_000_000, `${grown} bytes`);
    // Both ends of each connection are in this process.
    const left = queryObjects(Object.getPrototypeOf(http2().constructor) as typeof EventEmitter, { format: 'count' });
    assert.ok(left < 200, `${left} sessions are still in memory`);
  });

  /** Connects, hears of what is there and of a change, and breaks off, so many times. */
  async function cycles(count: number): Promise<void> {
    const name = `seen-${count}`;
    const client = server.client();
    let object = await client.create(configMaps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace: 'default' },
    });
    const field = `fieldSelector=metadata.name%3D${name}`;
    for (let done = 0; done < count; done += 50) {
      const watches = await Promise.all(
        Array.from({ length: 50 }, async () => {
          const session = http2();
          const stream = session.request({ ':path': `${maps}?watch=true&resourceVersion=0&${field}` });
          stream.on('error', () => undefined);
          await once(stream, 'data');
          return { session, stream };
        }),
      );
      const heard = watches.map(({ stream }) => once(stream, 'data'));
      object = await client.update(configMaps, { ...object, data: { done: String(done) } });
      await Promise.all(heard);
      for (const { session } of watches) {
        session.destroy();
        open.delete(session);
      }
    }
  }
});

describe('watches that nobody reads', () => {
  it('hold up neither writers nor readers, and cost little', { timeout: 30_000 }, async () => {
    const client = server.client();
    const namespace = 'default';
    const made = await client.create(configMaps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'busy', namespace },
    });
    const session = http2();
    await once(session, 'connect');
    const streams: ClientHttp2Stream[] = [];
    for (let index = 0; index < 50; index += 1) {
      const stream = session.request({
        ':path': `${maps}?watch=true&resourceVersion=${made.metadata.resourceVersion}`,
      });
      stream.on('error', () => undefined);
      await once(stream, 'response');
      stream.pause();
      streams.push(stream);
    }
    const before = await memory();
    const writes = 6000;
    const filler = 'x'.repeat(2000);
    let newest = made;
    for (let index = 0; index < writes; index += 1) {
      newest = await client.update(configMaps, { ...newest, data: { index: String(index), filler } });
    }
    await serves();
    const grown = (await memory()) - before;
    // Sent to all of them it would have been 600 MB; history keeps the objects themselves once.
    assert.ok(grown < 120_000_000, `${grown} bytes`);
    await sleep(50);
    const cut = streams.filter((stream) => stream.destroyed || stream.closed).length;
    session.destroy();
    assert.ok(cut >= 40, `${cut} of ${streams.length} were cut off`);
  });
});
