import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { after, before, describe, test } from 'node:test';
import {
  configMaps,
  endpointSlices,
  events,
  ingressClasses,
  ingresses,
  secrets,
  services,
} from '../../../src/api/resources.ts';
import { createFakeClient } from '../../../src/client/testing/fake-client.ts';
import { ingressObjects, prepareNginx } from '../../../src/ingress/ingress.ts';
import { testIngress, testPath, testSecret, testService, testSlice } from '../../../src/ingress/testing/objects.ts';
import type { Answer, Ask } from './machine.ts';
import type { RunningController } from './controller.ts';
import { runController } from './controller.ts';
import { ask, Backends, freePort, nginxDirectory, Supervised, until, whyNotHere } from './machine.ts';

const skip = whyNotHere() ?? false;
const client = createFakeClient();
const backends = new Backends();
let directory = '';
let nginx: Supervised;
let ports = { http: 0, https: 0, backend: 0 };
let controller: RunningController | undefined;

const get = (host: string, path = '/', options: Partial<Ask> = {}): Promise<Answer> =>
  ask({ port: options.tls === true ? ports.https : ports.http, host, path, ...options });
const plain = (options: Partial<Ask> = {}): Promise<Answer> => get('plain.example.com', '/', options);
const secure = (options: Partial<Ask> = {}): Promise<Answer> =>
  get('secure.example.com', '/', { tls: true, ...options });
const browser = { 'user-agent': 'Bad Bot/1.0', referer: 'https://bad.example.com/' };

/** What a server says to a text sent as it is. */
async function raw(text: string): Promise<string> {
  const socket = connect(ports.http, '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk) => (answer += String(chunk))).on('error', () => undefined);
  socket.write(text);
  await once(socket, 'close');
  return answer;
}

async function protocolFor(minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' | 'TLSv1.3'): Promise<string> {
  const socket = connectTls({
    port: ports.https,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    minVersion,
    maxVersion,
  });
  try {
    await once(socket, 'secureConnect');
    return `${socket.getProtocol()} ${socket.getCipher().standardName}`;
  } catch {
    return 'none';
  } finally {
    socket.destroy();
  }
}

async function http2(): Promise<boolean> {
  const session = connectHttp2(`https://127.0.0.1:${ports.https}`, { rejectUnauthorized: false });
  session.on('error', () => undefined);
  await Promise.race([once(session, 'connect'), once(session, 'close')]).catch(() => undefined);
  const is = session.alpnProtocol === 'h2';
  session.destroy();
  return is;
}

const log = (pattern: RegExp) => async (): Promise<unknown> => {
  await plain();
  return pattern.test(await readFile(`${directory}/requests.log`, 'utf8'));
};

/** What the ConfigMap says, and what is then so; `false` before. */
const cases: Readonly<Record<string, readonly [Readonly<Record<string, string>>, () => Promise<unknown>]>> = {
  'ssl-redirect off': [{ 'ssl-redirect': 'false' }, async () => (await get('secure.example.com')).status === 200],
  'force-ssl-redirect, with another code': [
    { 'force-ssl-redirect': 'true', 'http-redirect-code': '307' },
    async () => (await plain()).status === 307,
  ],
  'HSTS off': [{ hsts: 'false' }, async () => (await secure()).headers['strict-transport-security'] === undefined],
  'HSTS in detail': [
    { 'hsts-max-age': '60', 'hsts-include-subdomains': 'false', 'hsts-preload': 'true' },
    async () => (await secure()).headers['strict-transport-security'] === 'max-age=60; preload',
  ],
  'proxy-body-size': [
    { 'proxy-body-size': '10' },
    async () => (await plain({ method: 'POST', body: 'x'.repeat(11) })).status === 413,
  ],
  'proxy-read-timeout': [
    {
      'proxy-read-timeout': '1',
      'proxy-connect-timeout': '1',
      'proxy-send-timeout': '1',
      'proxy-next-upstream-tries': '1',
    },
    async () => (await get('plain.example.com', '/?delay=2500')).status === 504,
  ],
  'whitelist-source-range': [{ 'whitelist-source-range': '10.0.0.0/8' }, async () => (await plain()).status === 403],
  'denylist-source-range': [{ 'denylist-source-range': '127.0.0.0/8' }, async () => (await plain()).status === 403],
  'block-cidrs, whatever an Ingress says': [
    { 'block-cidrs': '127.0.0.1' },
    async () => (await get('open.example.com')).status === 403,
  ],
  'block-user-agents': [
    { 'block-user-agents': 'default,~*^bad bot' },
    async () => (await plain({ headers: browser })).status === 403 && (await plain()).status === 200,
  ],
  'block-referers': [
    { 'block-referers': 'https://bad.example.com/' },
    async () => (await plain({ headers: browser })).status === 403 && (await plain()).status === 200,
  ],
  'use-forwarded-headers': [
    { 'use-forwarded-headers': 'true' },
    async () => {
      const headers = { 'x-forwarded-for': '192.0.2.7', 'x-forwarded-proto': 'https', 'x-forwarded-port': '4443' };
      const { status, said } = await get('secure.example.com', '/', { headers });
      const seen = ['x-real-ip', 'x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-port'].map(
        (name) => said.headers?.[name],
      );
      return status === 200 && seen.join() === '192.0.2.7,192.0.2.7,https,4443';
    },
  ],
  'only a proxy of these ranges is believed': [
    { 'use-forwarded-headers': 'true', 'proxy-real-ip-cidr': '10.0.0.0/8', 'compute-full-forwarded-for': 'true' },
    async () =>
      (await plain({ headers: { 'x-forwarded-for': '192.0.2.7' } })).said.headers?.['x-forwarded-for'] ===
      '192.0.2.7, 127.0.0.1',
  ],
  'another header tells the client': [
    { 'enable-real-ip': 'true', 'forwarded-for-header': 'CF-Connecting-IP' },
    async () =>
      (await plain({ headers: { 'cf-connecting-ip': '192.0.2.8' } })).said.headers?.['x-real-ip'] === '192.0.2.8',
  ],
  'use-proxy-protocol': [
    { 'use-proxy-protocol': 'true' },
    async () => {
      const text = await raw(
        'PROXY TCP4 192.0.2.9 192.0.2.1 4000 80\r\nGET / HTTP/1.1\r\nHost: plain.example.com\r\nConnection: close\r\n\r\n',
      );
      return text.includes('"x-real-ip":"192.0.2.9"') && text.includes('"x-forwarded-for":"192.0.2.9"');
    },
  ],
  'server-tokens': [
    { 'server-tokens': 'true' },
    async () => /nginx\/\d/.test(String((await plain()).headers['server'])),
  ],
  'use-gzip': [
    { 'use-gzip': 'true', 'gzip-level': '5', 'gzip-min-length': '1', 'gzip-types': 'text/plain application/json' },
    async () =>
      (await get('nobody.example.com', '/', { headers: { 'accept-encoding': 'gzip' } })).headers['content-encoding'] ===
      'gzip',
  ],
  'keep-alive': [
    { 'keep-alive': '0' },
    async () => (await plain({ headers: { connection: 'keep-alive' } })).headers.connection === 'close',
  ],
  'headers of clients': [
    {
      'large-client-header-buffers': '4 1k',
      'client-header-buffer-size': '1k',
      'client-header-timeout': '9',
      'client-body-timeout': '9',
    },
    async () => (await plain({ headers: { 'x-long': 'x'.repeat(2000) } })).status === 400,
  ],
  'enable-underscores-in-headers': [
    { 'enable-underscores-in-headers': 'true', 'ignore-invalid-headers': 'true' },
    async () => (await plain({ headers: { a_b: 'c' } })).said.headers?.['a_b'] === 'c',
  ],
  'use-http2 off': [{ 'use-http2': 'false' }, async () => !(await http2())],
  'ssl-protocols': [
    { 'ssl-protocols': 'TLSv1.3' },
    async () =>
      (await protocolFor('TLSv1.2', 'TLSv1.2')) === 'none' &&
      (await protocolFor('TLSv1.2', 'TLSv1.3')).startsWith('TLSv1.3'),
  ],
  'ssl-ciphers and the rest of TLS': [
    {
      'ssl-ciphers': 'ECDHE-ECDSA-AES256-GCM-SHA384',
      'ssl-session-cache-size': '1m',
      'ssl-session-timeout': '5m',
      'ssl-session-tickets': 'true',
      'ssl-buffer-size': '8k',
    },
    async () => (await protocolFor('TLSv1.2', 'TLSv1.2')).endsWith('TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384'),
  ],
  'the log as JSON': [
    { 'log-format-escape-json': 'true' },
    log(
      /^\{"time":"[^"]+","remote_addr":"127\.0\.0\.1".*"host":"plain\.example\.com".*"status":"200".*"service":"a".*\}$/m,
    ),
  ],
  'a format of the log, with the names of ingress-nginx': [
    {
      'log-format-upstream':
        'own <$namespace> <${service_name}> <$service_port> <$http_x_a> "$status" $proxy_upstream_name',
    },
    log(/^own <default> <a> <80> <-> "200" default\/a\/80$/m),
  ],
  'processes and what else cannot be seen from outside': [
    {
      'worker-processes': '1',
      'max-worker-connections': '512',
      'max-worker-open-files': '2048',
      'worker-shutdown-timeout': '10s',
      'enable-multi-accept': 'false',
      'error-log-level': 'error',
      'keep-alive-requests': '7',
      'http2-max-concurrent-streams': '16',
      'proxy-buffer-size': '16k',
      'proxy-next-upstream': 'error http_502',
      'proxy-next-upstream-timeout': '3',
      'retry-non-idempotent': 'true',
      'upstream-keepalive-timeout': '5',
      'upstream-keepalive-requests': '5',
      'limit-rate': '1m',
      'limit-rate-after': '1m',
      'limit-req-status-code': '429',
      'limit-conn-status-code': '429',
      'ssl-session-cache': 'false',
    },
    async () => {
      const text = await readFile(`${directory}/nginx.conf`, 'utf8');
      const has = ['worker_processes 1;', 'worker_connections 512;', 'ssl_session_cache off;', 'limit_req_status 429;'];
      return (
        has.every((one) => text.includes(one)) && (await plain()).status === 200 && (await secure()).status === 200
      );
    },
  ],
  'a protection that is not understood closes everything': [
    { 'denylist-source-range': 'everybody' },
    async () => (await plain()).status === 503 && (await get('moved.example.com')).status === 503,
  ],
  'a protection that is not here closes everything': [
    { 'global-auth-url': 'https://auth.example.com' },
    async () => (await plain()).status === 503,
  ],
};

let version = 0;
function configure(data: Readonly<Record<string, string>>): void {
  version += 1;
  const metadata = {
    name: 'ingress-nginx-controller',
    namespace: 'ingress-nginx',
    uid: 'uid-settings',
    resourceVersion: `s${version}`,
    creationTimestamp: '2024-01-01T00:00:00Z',
  };
  client.seed(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data });
}

describe('settings for all Ingresses', { skip }, () => {
  before(async () => {
    directory = await nginxDirectory('t-ingress-global');
    ports = { http: await freePort(), https: await freePort(), backend: await freePort() };
    const options = { directory, httpPort: ports.http, httpsPort: ports.https, listenAddress: '127.0.0.1' };
    await prepareNginx(options);
    nginx = new Supervised(directory);
    nginx.start();
    await backends.serve('a', '127.0.7.1', ports.backend);
    for (const object of ingressObjects()) client.seed(ingressClasses, object);
    client.seed(services, testService('a'));
    client.seed(endpointSlices, testSlice('a', ports.backend, ['127.0.7.1']));
    client.seed(secrets, testSecret('tls'));
    const paths = [testPath('/', 'a')];
    const tls = [{ hosts: ['secure.example.com'], secretName: 'tls' }];
    client.seed(ingresses, testIngress('plain', { host: 'plain.example.com', paths }));
    client.seed(ingresses, testIngress('secure', { host: 'secure.example.com', paths, spec: { tls } }));
    const open = { 'whitelist-source-range': '0.0.0.0/0' };
    client.seed(ingresses, testIngress('open', { host: 'open.example.com', paths, annotations: open }));
    const moved = { 'permanent-redirect': 'https://new.example.com' };
    client.seed(ingresses, testIngress('moved', { host: 'moved.example.com', paths, annotations: moved }));
    controller = await runController({ ...options, client });
  });
  after(async () => {
    await controller?.stop();
    await nginx.stop();
    await backends.close();
    await rm(directory, { recursive: true, force: true });
    if (process.env['LOG'] !== undefined) console.log(nginx.output);
  });

  for (const [name, [data, isSo]] of Object.entries(cases)) {
    test(name, async () => {
      configure(data);
      await until(async () => isSo().catch(() => false), 10_000);
    });
  }

  test('without settings all is as it was', async () => {
    configure({});
    await until(async () => {
      const [one, two] = [await plain().catch(() => undefined), await get('secure.example.com').catch(() => undefined)];
      return one?.status === 200 && two?.status === 308;
    });
  });

  test('wrong values and unknown keys are named in an event, and the others count', async () => {
    configure({ 'keep-alive': 'long', 'gzip-level': '99', 'server-snippet': 'return 200;', 'server-tokens': 'true' });
    const messages = (): readonly string[] =>
      client
        .all(events)
        .flatMap(({ involvedObject, type, message }) =>
          involvedObject.kind === 'ConfigMap' && type === 'Warning' ? [message ?? ''] : [],
        );
    const expected = [
      'setting keep-alive: "long" is not valid, expected a number; the default counts',
      'setting gzip-level: "99" is not valid, expected a number from 1 to 9; the default counts',
      'setting server-snippet is not supported and has no effect',
    ];
    await until(async () => expected.every((text) => messages().includes(text)), 10_000);
    await until(async () => /nginx\/\d/.test(String((await plain()).headers['server'])));
  });
});
