import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { Http2SecureServer, ServerHttp2Stream } from 'node:http2';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { errorCode } from './connection-error.ts';
import type { HttpsTransportOptions } from './https-transport.ts';
import { httpsTransport } from './https-transport.ts';
import type { Transport } from './transport.ts';

const directory = mkdtempSync(join(tmpdir(), 't-client-'));
let certificate: Buffer;
let key: Buffer;

before(() => {
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const files = ['-keyout', `${directory}/key.pem`, '-out', `${directory}/cert.pem`];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync('openssl', ['req', '-x509', ...curve, ...subject, ...files], { stdio: 'ignore' });
  certificate = readFileSync(`${directory}/cert.pem`);
  key = readFileSync(`${directory}/key.pem`);
});
after(() => rmSync(directory, { recursive: true }));

type Handler = (stream: ServerHttp2Stream, headers: Record<string, unknown>) => void;

class TestServer implements AsyncDisposable {
  readonly server: Http2SecureServer;
  readonly sessions = new Set<{ destroy(): void }>();
  connections = 0;
  constructor(handler: Handler) {
    this.server = createSecureServer({ cert: certificate, key });
    this.server.on('session', (session) => {
      this.connections += 1;
      this.sessions.add(session);
      session.on('error', () => undefined);
    });
    this.server.on('stream', (stream, headers) => {
      stream.on('error', () => undefined);
      handler(stream, headers);
    });
  }
  async listen(port = 0): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(port, '127.0.0.1', resolve));
    return this;
  }
  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }
  transport(options: Partial<HttpsTransportOptions> = {}): Transport {
    return httpsTransport({ server: `https://127.0.0.1:${this.port}`, ca: certificate, ...options });
  }
  async [Symbol.asyncDispose](): Promise<void> {
    for (const session of this.sessions) session.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
const get = (transport: Transport, path = '/', signal?: AbortSignal) =>
  transport.request({ method: 'GET', path, headers: {}, ...(signal === undefined ? {} : { signal }) });

describe('https transport', () => {
  it('exchanges bodies both ways over one connection, with a bearer token', async () => {
    await using server = await new TestServer((stream, headers) => {
      stream.respond({ ':status': 201, 'x-auth': String(headers['authorization']) });
      stream.pipe(stream);
    }).listen();
    const transport = server.transport({ token: () => 'secret' });
    const texts = await Promise.all(
      ['a', 'b'.repeat(3_000_000)].map(async (text) => {
        const answer = await transport.request({ method: 'POST', path: '/x', headers: {}, body: Buffer.from(text) });
        assert.equal(answer.status, 201);
        assert.equal(answer.headers['x-auth'], 'Bearer secret');
        return textOf(answer.body);
      }),
    );
    assert.deepEqual(
      texts.map((text) => text.length),
      [1, 3_000_000],
    );
    assert.equal(server.connections, 1);
    await transport.close();
  });

  it('keeps an answer that is complete before anybody reads it', async () => {
    await using server = await new TestServer((stream) => {
      stream.respond({ ':status': 200 });
      stream.end('late');
    }).listen();
    const transport = server.transport();
    const { body } = await get(transport);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(await textOf(body), 'late');
    await transport.close();
  });

  it('opens a new connection after the server went away and came back', async () => {
    const handler: Handler = (stream) => {
      stream.respond();
      stream.end('ok');
    };
    const first = await new TestServer(handler).listen();
    const { port } = first;
    const transport = first.transport();
    assert.equal(await textOf((await get(transport)).body), 'ok');
    await first[Symbol.asyncDispose]();
    await assert.rejects(
      async () => {
        for (let turn = 0; turn < 3; turn += 1) await get(transport);
      },
      (error) => errorCode(error) === 'ECONNREFUSED' || errorCode(error) === 'ECONNRESET',
    );
    await assert.rejects(get(transport), (error) => errorCode(error) === 'ECONNREFUSED');
    await using _second = await new TestServer(handler).listen(port);
    assert.equal(await textOf((await get(transport)).body), 'ok');
    await transport.close();
  });

  it('reports an answer that breaks off', async () => {
    await using server = await new TestServer((stream) => {
      stream.respond();
      stream.write('half');
      setTimeout(() => stream.session?.destroy(), 10);
    }).listen();
    const transport = server.transport();
    const { body } = await get(transport);
    await assert.rejects(textOf(body), (error) => errorCode(error) === 'ECONNRESET');
    await transport.close();
  });

  it('refuses a server whose certificate it does not trust', async () => {
    await using server = await new TestServer((stream) => stream.respond({}, { endStream: true })).listen();
    const transport = httpsTransport({ server: `https://127.0.0.1:${server.port}` });
    await assert.rejects(get(transport), (error) => errorCode(error) === 'DEPTH_ZERO_SELF_SIGNED_CERT');
    await transport.close();
  });

  it('ends a request that is aborted, before and during the answer', async () => {
    await using server = await new TestServer((stream, headers) => {
      if (headers[':path'] === '/late') return;
      stream.respond();
      stream.write('x');
    }).listen();
    const transport = server.transport();
    const late = new AbortController();
    const waiting = get(transport, '/late', late.signal);
    setTimeout(() => late.abort(new Error('enough')), 20);
    await assert.rejects(waiting, /enough/);
    const during = new AbortController();
    const { body } = await get(transport, '/', during.signal);
    setTimeout(() => during.abort(new Error('enough')), 20);
    await assert.rejects(textOf(body), /enough/);
    await transport.close();
  });

  it('notices a server that falls silent', async () => {
    await using server = await new TestServer((stream) => {
      stream.respond();
      stream.write('x');
    }).listen();
    // A relay that can stop passing bytes on without closing: what a vanished machine looks like.
    let silent = false;
    const relay = createServer((inside) => {
      const outside = connect(server.port, '127.0.0.1');
      inside.on('data', (data) => !silent && outside.write(data)).on('error', () => undefined);
      outside.on('data', (data) => !silent && inside.write(data)).on('error', () => undefined);
      inside.on('close', () => outside.destroy());
    });
    await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
    const address = `https://127.0.0.1:${(relay.address() as AddressInfo).port}`;
    const transport = httpsTransport({ server: address, ca: certificate, keepAliveMs: 50 });
    const { body } = await get(transport);
    const reading = textOf(body);
    setTimeout(() => {
      silent = true;
    }, 120);
    const began = performance.now();
    await assert.rejects(reading, (error) => errorCode(error) === 'ETIMEDOUT');
    assert.ok(performance.now() - began < 1000);
    await assert.rejects(
      httpsTransport({ server: address, ca: certificate, connectTimeoutMs: 50 }).request({
        method: 'GET',
        path: '/',
        headers: {},
      }),
      (error) => errorCode(error) === 'ETIMEDOUT',
    );
    await transport.close();
    await new Promise((resolve) => relay.close(resolve));
  });
});
