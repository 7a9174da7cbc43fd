import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { endpointSlices, ingressClasses, ingresses, secrets, services } from '../../../src/api/resources.ts';
import { createFakeClient } from '../../../src/client/testing/fake-client.ts';
import { ingressObjects, prepareNginx } from '../../../src/ingress/ingress.ts';
import { readNginx } from '../../../src/ingress/testing/nginx-syntax.ts';
import { testIngress, testPath, testSecret, testService, testSlice } from '../../../src/ingress/testing/objects.ts';
import { ask, Backends, freePort, nginxDirectory, Supervised, until, whyNotHere } from './machine.ts';
import type { RunningController } from './controller.ts';
import { runController } from './controller.ts';

const skip = whyNotHere() ?? false;
const client = createFakeClient();
const backends = new Backends();
/** What the backend was asked for. */
const seen: string[] = [];
let directory = '';
let nginx: Supervised;
let ports = { http: 0, https: 0, backend: 0 };
let controller: RunningController | undefined;
const host = 'attacked.example.com';

/** Sends bytes as they are; the status lines of all answers. */
function send(text: string): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const socket = connect(ports.http, '127.0.0.1');
    let answer = '';
    // nginx may wait for more where it took the bytes for the start of a body.
    socket.setTimeout(1500, () => socket.end());
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer.match(/HTTP\/1\.[01] \d{3}/g)?.map((line) => line.slice(9)) ?? []));
    socket.write(Buffer.from(text, 'latin1'));
  });
}

const get = (path: string, name = host) => ask({ port: ports.http, host: name, path });
const served = (name: string, path = '/'): Promise<number> => until(async () => (await get(path, name)).status === 200);

describe('attacks on Ingress', { skip }, () => {
  before(async () => {
    directory = await nginxDirectory('t-attacks');
    ports = { http: await freePort(), https: await freePort(), backend: await freePort() };
    const listen = { directory, httpPort: ports.http, httpsPort: ports.https, listenAddress: '127.0.0.1' };
    await prepareNginx(listen);
    nginx = new Supervised(directory);
    nginx.start();
    const server = await backends.serve('a', '127.0.9.1', ports.backend);
    server.on('request', ({ url }) => seen.push(url ?? ''));
    for (const object of ingressObjects()) client.seed(ingressClasses, object);
    client.seed(services, testService('a'));
    client.seed(endpointSlices, testSlice('a', ports.backend, ['127.0.9.1']));
    client.seed(ingresses, testIngress('open', { host, paths: [testPath('/', 'a')] }));
    const annotations = { 'whitelist-source-range': '203.0.113.0/24' };
    client.seed(ingresses, testIngress('closed', { host, annotations, paths: [testPath('/admin', 'a')] }));
    controller = await runController({ ...listen, client });
    await served(host);
  });

  after(async () => {
    await controller?.stop();
    await nginx?.stop();
    await backends.close();
    await rm(directory, { recursive: true, force: true });
  });

  test('no spelling of a closed path gets in', { skip }, async () => {
    const spellings = [
      '/admin',
      '/admin/',
      '/x/../admin',
      '/x/%2e%2e/admin',
      '/x/..%2fadmin',
      '/x%2f..%2fadmin',
      '//admin',
      '/./admin',
      '/%61dmin',
      '/admin%2fx',
      '/admin/../admin',
      '/admin?x=/../',
    ];
    for (const path of spellings) assert.equal((await get(path)).status, 403, path);
    for (const path of ['/../admin', '/admin%00', '/%', '/%zz']) assert.equal((await get(path)).status, 400, path);
    assert.deepEqual(
      seen.filter((url) => url.includes('admin')),
      [],
    );
  });

  const inner = `GET /admin/smuggled HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
  const chunked = `0\r\n\r\n${inner}`;
  const smuggling: Record<string, readonly [string, readonly string[]]> = {
    'a length and chunks': [
      `POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n${chunked}`,
      ['400'],
    ],
    'two lengths': [
      `POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 0\r\nContent-Length: ${inner.length}\r\n\r\n${inner}`,
      ['400'],
    ],
    'a length with a sign': [
      `POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Length: +${inner.length}\r\n\r\n${inner}`,
      ['400'],
    ],
    'a coding that is no coding': [
      `POST / HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: xchunked\r\n\r\n${chunked}`,
      ['501'],
    ],
    'chunks twice': [
      `POST / HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n${chunked}`,
      ['400', '501'],
    ],
    'a chunk without a size': [
      `POST / HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n${inner}`,
      ['400'],
    ],
    'a folded header': [`POST / HTTP/1.1\r\nHost: ${host}\r\nX: a\r\n Transfer-Encoding: chunked\r\n\r\n`, ['400']],
    'a space before the colon': [
      `POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Length : ${inner.length}\r\n\r\n${inner}`,
      ['400'],
    ],
    'two hosts': [`GET / HTTP/1.1\r\nHost: ${host}\r\nHost: other.example.com\r\n\r\n`, ['400']],
    'no host': ['GET / HTTP/1.1\r\n\r\n', ['400']],
    'NUL in a header': [`GET / HTTP/1.1\r\nHost: ${host}\r\nX: a\0b\r\n\r\n`, ['400']],
  };
  for (const [name, [text, expected]] of Object.entries(smuggling)) {
    test(`request smuggling: ${name}`, { skip }, async () => {
      const [first = ''] = await send(text);
      assert.ok(expected.includes(first), `answered ${first || 'nothing'}`);
      assert.deepEqual(
        seen.filter((url) => url.includes('smuggled')),
        [],
      );
    });
  }

  test('an expression that explodes is given up, and lets nobody past it', { skip }, async () => {
    const regex = { 'use-regex': 'true' };
    const name = 'redos.example.com';
    const closed = { ...regex, 'whitelist-source-range': '203.0.113.0/24' };
    const pattern = testPath('/(?:a+)+(?:a+)+(?:a+)+b', 'a', 'ImplementationSpecific');
    client.seed(ingresses, testIngress('redos', { host: name, annotations: closed, paths: [pattern] }));
    client.seed(ingresses, testIngress('redos-rest', { host: name, paths: [testPath('/', 'a')] }));
    await served(name, '/x');
    const { status } = await get(`/${'a'.repeat(2000)}!`, name);
    assert.equal(status, 503);
    assert.equal((await get('/')).status, 200);
  });

  test('what authors write changes no more than their own routes', { skip }, async () => {
    const before = readNginx(await readFile(`${directory}/nginx.conf`, 'utf8')).map(({ words }) => words.join(' '));
    const evil = [
      '"; } server { listen 81; } #',
      '${hostname}$1\\',
      'a\nreturn 200 owned;\n',
      'a\0b',
      "');os.execute('true')--",
      'x'.repeat(1024 ** 2),
    ];
    const names = [
      'rewrite-target',
      'app-root',
      'proxy-body-size',
      'proxy-read-timeout',
      'backend-protocol',
      'upstream-vhost',
      'cors-allow-origin',
      'permanent-redirect',
      'default-backend',
      'server-snippet',
      'auth-realm',
      'server-alias',
    ];
    for (const [index, value] of evil.entries()) {
      const annotations = { 'enable-cors': 'true', ...Object.fromEntries(names.map((name) => [name, value])) };
      const paths = [testPath(`/${value}`, 'a'), testPath('/', 'a')];
      client.seed(ingresses, testIngress(`evil-${index}`, { host: `evil-${index}.example.com`, annotations, paths }));
      client.seed(ingresses, testIngress(`evil-host-${index}`, { host: value, paths }));
    }
    client.seed(ingresses, testIngress('after', { host: 'after.example.com', paths: [testPath('/', 'a')] }));
    await served('after.example.com');
    const text = await readFile(`${directory}/nginx.conf`, 'utf8');
    assert.deepEqual(
      readNginx(text).map(({ words }) => words.join(' ')),
      before,
    );
    assert.ok(!text.includes('owned') && !text.includes('execute') && !text.includes('listen 81'));
    assert.equal((await get('/')).status, 200);
  });

  test('a Secret whose key does not match shows the default certificate', { skip }, async () => {
    const [one, two] = [testSecret('mixed'), testSecret('other')];
    client.seed(secrets, { ...one, data: { ...one.data, 'tls.key': two.data?.['tls.key'] ?? '' } });
    const spec = { tls: [{ hosts: ['mixed.example.com'], secretName: 'mixed' }] };
    client.seed(ingresses, testIngress('mixed', { host: 'mixed.example.com', paths: [testPath('/', 'a')], spec }));
    const asked = { port: ports.https, host: 'mixed.example.com', tls: true };
    await until(async () => (await ask(asked)).status === 200);
    assert.equal((await ask(asked)).certificate, 'Kubernetes Ingress Controller Fake Certificate');
  });
});
