import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Code, ConnectError } from '@connectrpc/connect';
import type { Container, HTTPGetAction, Probe } from '../../api/core/container.schema.ts';
import { encodeRequest } from './actions/grpc.ts';
import { attemptProbe } from './attempt.ts';
import type { ProbeOutcome } from './outcome.ts';
import type { ExecInContainer } from './types.ts';

const noExec: ExecInContainer = () => Promise.reject(new Error('no exec here'));

function attempt(
  probe: Probe,
  options: { container?: Partial<Container>; exec?: ExecInContainer } = {},
): Promise<ProbeOutcome> {
  return attemptProbe({
    probe: { timeoutSeconds: 0.3, ...probe },
    container: { name: 'web', resources: {}, ...options.container },
    containerId: 'abc',
    address: '127.0.0.1',
    exec: options.exec ?? noExec,
    signal: new AbortController().signal,
  });
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createTcpServer();
  const port = await listen(server);
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}

describe('http probe', () => {
  const seen: { url: string; headers: NodeJS.Dict<string | string[]> }[] = [];
  const server = createHttpServer((request, response) => {
    seen.push({ url: request.url ?? '', headers: request.headers });
    const [, status, location] = /^\/(\d+)(?:\?(.*))?$/.exec(request.url ?? '') ?? [];
    if (request.url === '/hang') return;
    if (request.url === '/drop') {
      request.socket.destroy();
      return;
    }
    if (location !== undefined) response.setHeader('location', location);
    response.statusCode = Number(status ?? 200);
    response.end('the body');
  });
  const silent = createTcpServer((socket) => socket.once('data', () => socket.end('gibberish\r\n')));
  let port: number;
  before(async () => {
    port = await listen(server);
  });
  after(() => {
    server.close();
    server.closeAllConnections();
    silent.close();
  });
  const get = (action: Partial<HTTPGetAction> = {}): Promise<ProbeOutcome> => attempt({ httpGet: { port, ...action } });
  const base = (): string => `http://127.0.0.1:${port}`;

  it('takes 200 to 299', async () => {
    assert.equal((await get()).result, 'success');
    assert.equal((await get({ path: '204' })).result, 'success');
  });

  it('refuses others, and says which', async () => {
    for (const status of [400, 404, 500, 503]) {
      assert.deepEqual(await get({ path: `/${status}` }), {
        result: 'failure',
        output: `HTTP probe failed with statuscode: ${status}`,
        answered: true,
      });
    }
  });

  it('follows redirects within the host', async () => {
    assert.equal((await get({ path: '/302?/200' })).result, 'success');
    assert.equal((await get({ path: '/301?/500' })).output, 'HTTP probe failed with statuscode: 500');
    assert.match((await get({ path: '/302?/302?/200' })).result, /success/);
  });

  it('warns of redirects that lead elsewhere, or nowhere', async () => {
    const expected = { result: 'warning', output: 'Probe terminated redirects, Response body: the body' };
    assert.deepEqual(await get({ path: '/302?http://192.0.2.1/' }), expected);
    assert.deepEqual(await get({ path: '/304' }), {
      ...expected,
      output: 'Probe terminated redirects, Response body: ',
    });
  });

  it('stops after ten redirects', async () => {
    const endless = createHttpServer((_request, response) => response.writeHead(302, { location: '/' }).end());
    const outcome = await get({ port: await listen(endless) });
    endless.close();
    assert.match(outcome.output, /stopped after 10 redirects$/);
  });

  it('sends the headers it is told, and names itself', async () => {
    await get({ path: '/x?y=1' });
    assert.equal(seen.at(-1)?.url, '/x?y=1');
    assert.equal(seen.at(-1)?.headers['user-agent'], 'kube-probe/1.36');
    assert.equal(seen.at(-1)?.headers['accept'], '*/*');
    await get({
      httpHeaders: [
        { name: 'Host', value: 'shop.example' },
        { name: 'X-Many', value: 'a' },
        { name: 'X-Many', value: 'b' },
        { name: 'User-Agent', value: 'me' },
        { name: 'Accept', value: '' },
      ],
    });
    const { host, 'x-many': many, 'user-agent': agent, accept } = seen.at(-1)?.headers ?? {};
    assert.deepEqual([host, many, agent, accept], ['shop.example', 'a, b', 'me', undefined]);
  });

  it('finds ports by name', async () => {
    const container = { ports: [{ name: 'http', containerPort: port }] };
    assert.equal((await attempt({ httpGet: { port: 'http' } }, { container })).result, 'success');
    assert.deepEqual(await attempt({ httpGet: { port: 'nope' } }, { container }), {
      result: 'error',
      output: 'strconv.Atoi: parsing "nope": invalid syntax',
    });
  });

  it('tells in Go’s words why nothing came', async () => {
    assert.equal(
      (await get({ path: '/hang' })).output,
      `Get "${base()}/hang": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
    );
    assert.equal((await get({ path: '/drop' })).output, `Get "${base()}/drop": EOF`);
    const closed = await closedPort();
    assert.deepEqual(await get({ port: closed, path: '/' }), {
      result: 'failure',
      output: `Get "http://127.0.0.1:${closed}/": dial tcp 127.0.0.1:${closed}: connect: connection refused`,
      answered: false,
    });
    const odd = await listen(silent);
    assert.equal(
      (await get({ port: odd })).output,
      `Get "http://127.0.0.1:${odd}/": net/http: HTTP/1.x transport connection broken: malformed HTTP response "gibberish"`,
    );
  });

  it('does not look at certificates, and notices plain HTTP', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cox-probe-'));
    const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
    const subject = ['-subj', '/CN=elsewhere.example', '-days', '1', '-nodes', '-keyout', key, '-out', cert];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', ...subject], {
      stdio: 'ignore',
    });
    const secure = createHttpsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_request, response) =>
      response.end(),
    );
    rmSync(folder, { recursive: true });
    const securePort = await listen(secure);
    assert.equal((await get({ scheme: 'HTTPS', port: securePort })).result, 'success');
    secure.close();
    assert.equal(
      (await get({ scheme: 'HTTPS' })).output,
      `Get "https://127.0.0.1:${port}/": http: server gave HTTP response to HTTPS client`,
    );
  });
});

it('tcp probe opens a connection', async () => {
  const server = createTcpServer();
  const port = await listen(server);
  assert.equal((await attempt({ tcpSocket: { port } })).result, 'success');
  server.close();
  const closed = await closedPort();
  const expected = `dial tcp 127.0.0.1:${closed}: connect: connection refused`;
  assert.deepEqual(await attempt({ tcpSocket: { port: closed } }), { result: 'failure', output: expected });
});

describe('exec probe', () => {
  const probe: Probe = { exec: { command: ['cat', '/tmp/x'] }, timeoutSeconds: 2 };
  const cases: Record<string, [ExecInContainer, ProbeOutcome]> = {
    'exit code 0': [() => Promise.resolve({ exitCode: 0, output: 'fine' }), { result: 'success', output: '' }],
    'another exit code': [
      () => Promise.resolve({ exitCode: 1, output: 'no such file\n' }),
      { result: 'failure', output: 'no such file\n', answered: true },
    ],
    'too slow': [
      () => Promise.reject(new ConnectError('late', Code.DeadlineExceeded)),
      { result: 'failure', output: 'command timed out: "cat /tmp/x" timed out after 2s', answered: true },
    ],
    'the runtime fails': [
      () => Promise.reject(new ConnectError('container is stopping', Code.Unknown)),
      { result: 'error', output: 'rpc error: code = Unknown desc = container is stopping' },
    ],
  };
  for (const [name, [exec, expected]] of Object.entries(cases)) {
    it(name, async () => assert.deepEqual(await attempt(probe, { exec }), expected));
  }

  it('gives the container, the command and the time', async () => {
    const calls: unknown[] = [];
    await attempt(probe, {
      exec: async (...call) => {
        calls.push(call);
        return { exitCode: 0, output: '' };
      },
    });
    assert.deepEqual(calls, [['abc', ['cat', '/tmp/x'], 2]]);
  });
});

describe('grpc probe', () => {
  let port: number;
  const server = createHttp2Server();
  const answers: Record<string, [status: string, message: number[]]> = {
    '': ['0', [0, 0, 0, 0, 2, 8, 1]],
    sick: ['0', [0, 0, 0, 0, 2, 8, 2]],
    unknown: ['5', []],
    missing: ['12', []],
  };
  server.on('stream', (stream, headers) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      assert.equal(headers[':path'], '/grpc.health.v1.Health/Check');
      const service = Buffer.concat(chunks).subarray(7).toString();
      if (service === 'hang') return;
      const [status, message] = answers[service] ?? ['13', []];
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': status, 'grpc-message': 'it%20says' }));
      stream.end(Buffer.from(message));
    });
  });
  before(async () => {
    port = await listen(server);
  });
  after(() => server.close());

  const expected: Record<string, [service: string, output: string]> = {
    'not serving': ['sick', 'service unhealthy (responded with "NOT_SERVING")'],
    'another code': ['unknown', 'error: health rpc probe failed: rpc error: code = 5 desc = it says'],
    'no health service': [
      'missing',
      'error: this server does not implement the grpc health protocol (grpc.health.v1.Health): it says',
    ],
    'no answer': ['hang', 'timeout: health rpc did not complete within 0.3s'],
  };
  for (const [name, [service, output]] of Object.entries(expected)) {
    it(name, async () => {
      assert.deepEqual(await attempt({ grpc: { port, service } }), { result: 'failure', output, answered: true });
    });
  }
  it('serving', async () => assert.equal((await attempt({ grpc: { port } })).result, 'success'));
  it('nobody listens', async () => {
    const outcome = await attempt({ grpc: { port: await closedPort() } });
    assert.match(outcome.output, /^error: failed to connect service at "127\.0\.0\.1:\d+": .*connection refused"$/);
  });
  it('writes long names', () => {
    const bytes = encodeRequest('s'.repeat(200));
    assert.deepEqual([...bytes.subarray(0, 8)], [0, 0, 0, 0, 203, 0x0a, 0xc8, 1]);
    assert.deepEqual([...encodeRequest('')], [0, 0, 0, 0, 0]);
  });
});
