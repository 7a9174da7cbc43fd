import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { Agent } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import pino from 'pino';
import type { Ingress } from '../../../src/api/networking/ingress.schema.ts';
import { endpointSlices, events, ingressClasses, ingresses, secrets, services } from '../../../src/api/resources.ts';
import { createFakeClient } from '../../../src/client/testing/fake-client.ts';
import { ingressObjects, prepareNginx } from '../../../src/ingress/ingress.ts';
import { ControlClient } from '../../../src/ingress/nginx/control-client.ts';
import { nginxFiles } from '../../../src/ingress/nginx/settings.ts';
import { planRoutes } from '../../../src/ingress/plan/routes.ts';
import { parsePath } from '../../../src/ingress/model/values.ts';
import { testIngress, testPath, testSecret, testService, testSlice } from '../../../src/ingress/testing/objects.ts';
import { ask, Backends, freePort, nginxDirectory, Supervised, until, whyNotHere } from './machine.ts';
import type { RunningController } from './controller.ts';
import { runController } from './controller.ts';
import type { Ask } from './machine.ts';

const skip = whyNotHere() ?? false;
const client = createFakeClient();
const backends = new Backends();
/** Resolvers of those who wait for the next rules to be in use by every process of nginx. */
const waiting: (() => void)[] = [];
const log = {
  write: (line: string): void => {
    if (process.env['LOG'] !== undefined) process.stderr.write(line);
    if (line.includes('nginx serves new rules')) for (const resolve of waiting.splice(0)) resolve();
  },
};
const logger = pino({ level: 'info' }, log);
let directory = '';
let nginx: Supervised;
let ports = { http: 0, https: 0, backend: 0, dns: 0 };
let controller: RunningController | undefined;

async function startController(): Promise<void> {
  controller = await runController({
    client,
    logger,
    directory,
    httpPort: ports.http,
    httpsPort: ports.https,
    listenAddress: '127.0.0.1',
    dnsServers: [`127.0.0.1:${ports.dns}`],
  });
}

const get = (host: string, path = '/', options: Partial<Ask> = {}) => ask({ port: ports.http, host, path, ...options });
/** Creates or replaces Ingresses; resolves once nginx serves them. */
function put(...objects: readonly Ingress[]): Promise<void> {
  return inEffect(() => objects.forEach((ingress) => client.seed(ingresses, ingress)));
}

/** Makes a change, and waits until it is in effect. */
async function inEffect(change: () => unknown): Promise<void> {
  const done = new Promise<void>((resolve) => waiting.push(resolve));
  await change();
  await Promise.race([done, sleep(5000, undefined, { ref: false })]);
}
const generation = (): Promise<string> => new ControlClient(nginxFiles(directory).controlSocket).generation();
let seconds = 100;
/** Annotations that nginx has no settings for yet, so that it must reload. */
const reloads = () => ({ 'proxy-read-timeout': String((seconds += 1)) });
/** Waits until a request is answered by a backend, or by a status. */
const served = (host: string, by: string | number, path = '/'): Promise<number> =>
  until(async () => {
    const { status, said } = await get(host, path);
    return typeof by === 'number' ? status === by : said.name === by;
  });

describe('Ingress', { skip }, () => {
  before(async () => {
    directory = await nginxDirectory('t-ingress');
    ports = {
      http: await freePort(),
      https: await freePort(),
      backend: await freePort(),
      dns: await backends.resolve('127.0.7.3'),
    };
    await prepareNginx({ directory, httpPort: ports.http, httpsPort: ports.https, listenAddress: '127.0.0.1' });
    nginx = new Supervised(directory);
    nginx.start();
    for (const [name, last] of Object.entries({ a1: 1, a2: 2, b1: 3 })) {
      await backends.serve(name, `127.0.7.${last}`, ports.backend);
    }
    for (const object of ingressObjects()) client.seed(ingressClasses, object);
    client.seed(services, testService('a'));
    client.seed(services, testService('b', { ports: [{ name: 'web', port: 8080 }] }));
    client.seed(services, testService('empty'));
    client.seed(endpointSlices, testSlice('a', ports.backend, ['127.0.7.1', '127.0.7.2']));
    client.seed(endpointSlices, testSlice('b', ports.backend, ['127.0.7.3'], { portName: 'web' }));
    await startController();
  });

  after(async () => {
    await controller?.stop();
    await nginx?.stop();
    await backends.close();
    await rm(directory, { recursive: true, force: true });
    if (process.env['LOG'] !== undefined) console.log(nginx?.output);
  });

  test('without a rule everything is 404 with a short text', { skip }, async () => {
    const { status, text } = await get('nobody.example.com');
    assert.deepEqual([status, text], [404, 'default backend - 404']);
    const { certificate } = await get('nobody.example.com', '/', { tls: true, port: ports.https });
    assert.equal(certificate, 'Kubernetes Ingress Controller Fake Certificate');
  });

  test('an Ingress takes effect at once and shows its address', { skip }, async () => {
    const start = performance.now();
    await put(
      testIngress('web', {
        host: 'web.example.com',
        annotations: { 'ssl-redirect': 'false' },
        paths: [
          testPath('/', 'a:80'),
          testPath('/b', 'b:web'),
          testPath('/exact', 'b:8080', 'Exact'),
          testPath('/none', 'empty'),
        ],
      }),
    );
    const tookMs = performance.now() - start;
    assert.ok(tookMs < 500, `took ${tookMs} ms`);
    const by = async (path: string): Promise<string | number> => {
      const { said, status } = await get('web.example.com', path);
      return said.name?.slice(0, 1) ?? status;
    };
    const paths = ['/', '/b', '/b/', '/b/c?x=1', '/bc', '/exact', '/exact/', '/none'];
    assert.deepEqual(await Promise.all(paths.map(by)), ['a', 'b', 'b', 'b', 'a', 'b', 'a', 503]);
    assert.equal((await get('other.example.com')).status, 404);
    const names = new Set<string>();
    for (let i = 0; i < 8; i += 1) names.add((await get('web.example.com')).said.name ?? '');
    assert.deepEqual([...names].sort(), ['a1', 'a2']);
    await until(
      async () => client.stored(ingresses, 'web', 'default')?.status?.loadBalancer?.ingress?.[0]?.ip === '127.0.0.1',
    );
    await until(async () =>
      client.all(events).some(({ reason, message }) => reason === 'Sync' && message === 'Scheduled for sync'),
    );
  });

  test('the backend sees what the client asked', { skip }, async () => {
    const { said } = await get('web.example.com:81', '/b/%41?q=a%20b', { headers: { 'x-forwarded-for': '6.6.6.6' } });
    const { headers = {} } = said;
    assert.equal(said.url, '/b/%41?q=a%20b');
    assert.match(headers['x-request-id'] ?? '', /^[0-9a-f]{32}$/);
    const names = [
      'host',
      'x-real-ip',
      'x-forwarded-for',
      'x-forwarded-host',
      'x-forwarded-port',
      'x-forwarded-proto',
      'x-forwarded-scheme',
      'connection',
      'x-original-forwarded-for',
    ];
    assert.deepEqual(Object.fromEntries(names.map((name) => [name, headers[name]])), {
      host: 'web.example.com:81',
      'x-real-ip': '127.0.0.1',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': 'web.example.com:81',
      'x-forwarded-port': String(ports.http),
      'x-forwarded-proto': 'http',
      'x-forwarded-scheme': 'http',
      connection: undefined,
      'x-original-forwarded-for': '6.6.6.6',
    });
  });

  test('bodies are limited to 1 MiB, or as the annotation says', { skip }, async () => {
    await put(
      testIngress('big', {
        host: 'big.example.com',
        annotations: { 'proxy-body-size': '3m' },
        paths: [testPath('/', 'b:web')],
      }),
    );
    const send = async (host: string, megabytes: number): Promise<unknown> => {
      const { status, said } = await get(host, '/b', { method: 'POST', body: Buffer.alloc(megabytes * 1024 * 1024) });
      return said.bytes ?? status;
    };
    assert.equal(await send('web.example.com', 1), 1024 ** 2);
    assert.equal(await send('web.example.com', 2).catch(() => 413), 413);
    assert.equal(await send('big.example.com', 3), 3 * 1024 ** 2);
    // Over HTTP/2 nobody says beforehand how long a body will be.
    const session = connectHttp2(`https://127.0.0.1:${ports.https}`, { rejectUnauthorized: false });
    const stream = session.request({ ':method': 'POST', ':path': '/b', ':authority': 'web.example.com' });
    stream.on('error', () => undefined);
    stream.end(Buffer.alloc(2 * 1024 ** 2));
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
    session.destroy();
    assert.equal(headers[':status'], 413);
  });

  test('connections are upgraded', { skip }, async () => {
    const socket = connect(ports.http, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => {
      text += String(chunk);
    });
    socket.write('GET /b HTTP/1.1\r\nHost: web.example.com\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n');
    await until(async () => text.includes('101 Switching'));
    socket.write('through');
    await until(async () => text.endsWith('through'));
    // A reload does not end it.
    await put(
      testIngress('meanwhile', {
        host: 'meanwhile.example.com',
        annotations: reloads(),
        paths: [testPath('/', 'b:web')],
      }),
    );
    socket.write('again');
    await until(async () => text.endsWith('again'));
    socket.destroy();
  });

  test('endpoints move without a reload', { skip }, async () => {
    const before = await readFile(`${directory}/nginx.conf`, 'utf8');
    client.seed(endpointSlices, testSlice('empty', ports.backend, ['127.0.7.1']));
    const upMs = await served('web.example.com', 'a1', '/none');
    client.seed(endpointSlices, testSlice('empty', ports.backend, ['127.0.7.2']));
    const movedMs = await served('web.example.com', 'a2', '/none');
    client.seed(endpointSlices, testSlice('empty', ports.backend, [['127.0.7.2', { ready: false }]]));
    const downMs = await served('web.example.com', 503, '/none');
    assert.ok(Math.max(upMs, movedMs, downMs) < 200, `took ${upMs}, ${movedMs}, ${downMs} ms`);
    assert.equal(await readFile(`${directory}/nginx.conf`, 'utf8'), before);
  });

  test('a request goes to the next endpoint where one does not answer', { skip }, async () => {
    client.seed(endpointSlices, testSlice('a', ports.backend, ['127.0.7.1', '127.0.7.2', '127.0.7.99']));
    await sleep(50);
    for (let i = 0; i < 9; i += 1) assert.equal((await get('web.example.com')).status, 200);
    client.seed(endpointSlices, testSlice('a', ports.backend, ['127.0.7.1', '127.0.7.2']));
  });

  test('TLS: the Secret by name, redirect to HTTPS, HTTP/2 and HSTS', { skip }, async () => {
    client.seed(secrets, testSecret('tls'));
    const spec = { tls: [{ hosts: ['secure.example.com'], secretName: 'tls' }] };
    await put(testIngress('secure', { host: 'secure.example.com', paths: [testPath('/', 'b:web')], spec }));
    const redirect = await get('secure.example.com', '/x?y=1');
    assert.equal(redirect.headers.location, `https://secure.example.com:${ports.https}/x?y=1`);
    const answer = await get('secure.example.com', '/', { tls: true, port: ports.https });
    assert.deepEqual([answer.said.name, answer.certificate], ['b1', 'tls']);
    assert.equal(answer.said.headers?.['x-forwarded-proto'], 'https');
    assert.equal(answer.headers['strict-transport-security'], 'max-age=31536000; includeSubDomains');
    // A host that nobody asked TLS for answers all the same, with the default certificate.
    const plain = await get('web.example.com', '/b', { tls: true, port: ports.https });
    assert.deepEqual([plain.said.name, plain.certificate], ['b1', 'Kubernetes Ingress Controller Fake Certificate']);
    assert.equal(plain.headers['strict-transport-security'], undefined);
  });

  test('a renewed certificate is shown without a reload', { skip }, async () => {
    const before = await generation();
    client.seed(secrets, { ...testSecret('renewed'), metadata: testSecret('tls').metadata });
    const certificate = async () =>
      (await get('secure.example.com', '/', { tls: true, port: ports.https })).certificate;
    await until(async () => (await certificate()) === 'renewed');
    assert.equal(await generation(), before);
  });

  test('no request is lost over reloads, on kept connections and new ones', { skip }, async () => {
    const failures: string[] = [];
    let count = 0;
    let done = false;
    const agent = new Agent({ keepAlive: true });
    const hammer = async (options: Partial<Ask>): Promise<void> => {
      while (!done) {
        const { status } = await get('web.example.com', '/?delay=3', options).catch((error: Error) => ({
          status: error.message,
        }));
        count += 1;
        if (status !== 200) failures.push(String(status));
      }
    };
    const workers = [{}, {}, { agent }, { agent }, { agent }].map(hammer);
    const before = await generation();
    for (let i = 0; i < 10; i += 1) {
      const host = `churn-${i}.example.com`;
      await put(testIngress('churn', { host, annotations: reloads(), paths: [testPath('/', 'b:web')] }));
      assert.equal((await get(host)).said.name, 'b1');
    }
    assert.notEqual(await generation(), before);
    done = true;
    await Promise.all(workers);
    agent.destroy();
    assert.deepEqual(failures, []);
    assert.ok(count > 50, `${count} requests`);
  });

  test('an nginx that is killed comes back with all it knew', { skip }, async () => {
    await controller?.stop();
    const pid = nginx.pid;
    await nginx.kill('SIGKILL');
    const answers = async (): Promise<boolean> => {
      const answer = await get('web.example.com').catch(() => undefined);
      return nginx.pid !== pid && answer?.said.name !== undefined;
    };
    const tookMs = await until(answers);
    assert.ok(tookMs < 1000, `took ${tookMs} ms`);
    await startController();
    client.seed(endpointSlices, testSlice('empty', ports.backend, ['127.0.7.1']));
    await served('web.example.com', 'a1', '/none');
  });

  test('an expression that does not compile harms nobody else, and its author is told', { skip }, async () => {
    const paths = ['/good', '/(unclosed'].map((path) => testPath(path, 'b:web', 'ImplementationSpecific'));
    await put(testIngress('bad', { host: 'bad.example.com', annotations: { 'use-regex': 'true' }, paths }));
    assert.equal((await get('bad.example.com', '/GOOD/x')).said.name, 'b1');
    const told = () =>
      client.all(events).find(({ involvedObject, type }) => involvedObject.name === 'bad' && type === 'Warning');
    await until(async () => told() !== undefined);
    assert.match(told()?.message ?? '', /path "\/\(unclosed" is no regular expression: .*missing \)/);
  });

  test('what authors write stays text', { skip }, async () => {
    await put(
      testIngress('evil', {
        host: 'evil.example.com',
        annotations: {
          'rewrite-target': '/$1"; return 200 "owned',
          'upstream-vhost': 'x; return 200 owned;',
          'server-snippet': 'return 200 owned;',
          'cors-allow-origin': 'https://a.example.com;}',
          'enable-cors': 'true',
          'whitelist-source-range': '0.0.0.0/0',
        },
        paths: [
          testPath('/a" { return 200 owned; } location "/b', 'b:web'),
          testPath('/$cox_backend', 'b:web'),
          testPath('/', 'b:web'),
        ],
      }),
    );
    for (const path of [
      '/',
      '/b',
      '/a%22',
      '/$cox_backend',
      '/a%22%20%7B%20return%20200%20owned;%20%7D%20location%20%22/b',
    ]) {
      const { status, said } = await get('evil.example.com', path);
      assert.deepEqual([status, said.name], [200, 'b1'], path);
    }
  });

  test('annotations: rewrite, redirects, source ranges, CORS, app root', { skip }, async () => {
    const one = (name: string, annotations: Record<string, string>, path = testPath('/', 'b:web')): Ingress =>
      testIngress(name, { host: `${name}.example.com`, annotations, paths: [path] });
    await put(
      one('rewrite', { 'rewrite-target': '/to/$2' }, testPath('/from(/|$)(.*)', 'b:web', 'ImplementationSpecific')),
      one('moved', { 'permanent-redirect': 'https://new.example.com$request_uri' }),
      one('closed', { 'whitelist-source-range': '10.0.0.0/8' }),
      one('broken', { 'whitelist-source-range': 'everybody' }),
      one('root', { 'app-root': '/app' }),
      one('vhost', { 'upstream-vhost': 'inside.example.com' }),
      one('cors', { 'enable-cors': 'true', 'cors-allow-origin': 'https://*.example.com' }),
      one('auth', { 'auth-url': 'http://x.example.com' }),
    );
    assert.equal((await get('auth.example.com')).status, 500);
    assert.equal((await get('rewrite.example.com', '/FROM/x%20y?z=1')).said.url, '/to/x%20y?z=1');
    assert.equal((await get('rewrite.example.com', '/other')).status, 404);
    assert.equal((await get('moved.example.com', '/x?y')).headers.location, 'https://new.example.com/x?y');
    assert.equal((await get('closed.example.com')).status, 403);
    assert.equal((await get('broken.example.com')).status, 503);
    assert.equal((await get('root.example.com')).headers.location, 'http://root.example.com/app');
    assert.equal((await get('root.example.com', '/app')).said.name, 'b1');
    assert.equal((await get('vhost.example.com')).said.headers?.['host'], 'inside.example.com');
    const cors = async (origin: string, method = 'GET'): Promise<unknown> => {
      const { status, headers } = await get('cors.example.com', '/', { method, headers: { origin } });
      return [status, headers['access-control-allow-origin']];
    };
    assert.deepEqual(await cors('https://a.example.com'), [200, 'https://a.example.com']);
    assert.deepEqual(await cors('https://a.example.com', 'OPTIONS'), [204, 'https://a.example.com']);
    assert.deepEqual(await cors('https://a.b.example.com'), [200, undefined]);
  });

  test('the route of a request is the one that the specification says', { skip }, async () => {
    const segment = fc.constantFrom('a', 'b', 'ab', 'A');
    const path = fc
      .tuple(fc.array(segment, { maxLength: 3 }), fc.boolean())
      .map(([segments, slash]) => `/${segments.join('/')}${slash && segments.length > 0 ? '/' : ''}`);
    const kind = fc.constantFrom('Exact' as const, 'Prefix' as const, 'pattern' as const, 'Prefix' as const);
    const rounds = fc.sample(
      fc.tuple(fc.array(fc.tuple(kind, path), { minLength: 1, maxLength: 6 }), fc.array(path, { maxLength: 12 })),
      { numRuns: 12, seed: 3 },
    );
    for (const [rules, asked] of rounds) {
      const objects = rules.map(([type, text], index) =>
        testIngress(`route-${index}`, {
          host: 'route.example.com',
          paths: [
            testPath(
              type === 'pattern' ? `${text}(x|b)?` : text,
              'b:web',
              type === 'pattern' ? 'ImplementationSpecific' : type,
            ),
          ],
          annotations: {
            'use-regex': String(type === 'pattern'),
            'permanent-redirect': `https://r${index}.example.com`,
          },
        }),
      );
      await put(...objects);
      const { hosts } = planRoutes(objects, {
        certificate: () => ({ problem: '' }),
        secret: () => undefined,
        externalName: () => undefined,
        patternProblem: () => undefined,
      }).table;
      for (const one of asked) {
        const route = hosts[0]?.routes.find(({ path: match }) => {
          if (match.kind === 'exact') return match.path === one;
          if (match.kind === 'pattern') return new RegExp(`^(?:${match.pattern})`, 'i').test(one);
          return match.path === '/' || one === match.path || one.startsWith(`${match.path}/`);
        });
        const expected =
          route === undefined ? undefined : `https://r${route.source.name.slice('route-'.length)}.example.com`;
        assert.equal(
          (await get('route.example.com', one)).headers.location,
          expected,
          `${one} of ${JSON.stringify(rules)}`,
        );
      }
      for (const { metadata } of objects) await inEffect(() => client.delete(ingresses, metadata));
    }
  });

  test('a Service that stands for a name outside', { skip }, async () => {
    const spec = { type: 'ExternalName' as const, externalName: 'api.example.com', ports: [] };
    client.seed(services, testService('outside', spec));
    await put(testIngress('outside', { host: 'o.example.com', paths: [testPath('/', `outside:${ports.backend}`)] }));
    const { said } = await get('o.example.com', '/x%20y?z');
    assert.deepEqual([said.name, said.url, said.headers?.['host']], ['b1', '/x%20y?z', 'o.example.com']);
    const moved = { ...spec, externalName: 'localhost' };
    client.seed(services, testService('outside', moved));
    await served('o.example.com', 404);
  });

  test('every path that parses is found again', { skip }, async () => {
    const segment = fc.string({
      unit: fc.oneof(
        fc.constantFrom('"', '\\', '{', ';', '$', '^', '|', ' ', '#', '%', '+', ','),
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
      ),
      minLength: 1,
    });
    const path = fc
      .array(segment, { minLength: 1, maxLength: 4 })
      .map((segments) => `/${segments.map((one) => encodeURIComponent(one.toWellFormed())).join('/')}`)
      .filter((text) => parsePath(text) !== undefined);
    const paths = [...new Set(fc.sample(path, { numRuns: 200, seed: 7 })), `/${'x'.repeat(1400)}`];
    await put(
      testIngress('all', { host: 'all.example.com', paths: paths.map((text) => testPath(text, 'b:web', 'Exact')) }),
    );
    for (const text of paths) {
      const { said, status } = await get('all.example.com', text);
      assert.deepEqual([status, said.url], [200, text]);
    }
    assert.equal((await get('all.example.com', '/')).status, 404);
  });

  test('every setting is taken', { skip }, async () => {
    const common = {
      'app-root': '/a b$c',
      'proxy-body-size': '8m',
      'proxy-connect-timeout': '1',
      'proxy-read-timeout': '2',
      'proxy-send-timeout': '3',
      'enable-cors': 'true',
      'cors-allow-origin': 'https://a.io,app://*.b.io:8080',
      'cors-expose-headers': 'X-A',
      'whitelist-source-range': '10.0.0.0/8,2001:db8::/32',
      'denylist-source-range': '10.1.0.0/16',
      'upstream-vhost': 'v.io:8080',
      'default-backend': 'a',
      'rewrite-target': '/$2',
    };
    client.seed(services, testService('outside', { type: 'ExternalName', externalName: 'api.example.com' }));
    await put(
      ...['HTTP', 'HTTPS', 'GRPC', 'GRPCS', 'AUTO_HTTP'].map((protocol) =>
        testIngress(protocol.toLowerCase().replace('_', '-'), {
          host: `${protocol.toLowerCase().replace('_', '-')}.example.com`,
          paths: [testPath('/x(/|$)(.*)', 'a'), testPath('/y', 'outside')],
          annotations: { ...common, 'backend-protocol': protocol },
          spec: { defaultBackend: { service: { name: 'a', port: { number: 80 } } } },
        }),
      ),
    );
    assert.equal((await get('auto-http.example.com')).headers.location, 'http://auto-http.example.com/a%20b$c');
    assert.equal((await get('http.example.com', '/x')).status, 403);
  });

  test('idle connections of clients are kept', { skip }, async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    await get('web.example.com', '/', { agent });
    const { headers } = await get('web.example.com', '/', { agent });
    assert.equal(headers.connection, 'keep-alive');
    agent.destroy();
  });
});
