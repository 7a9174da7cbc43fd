import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { testPath } from '../../../src/ingress/testing/objects.ts';
import { begun, seen } from './annotation-backends.ts';
import type { AnnotationCase, Wire } from './annotation-cases.ts';
import { until } from './machine.ts';

const namesOf = async (count: number, { get }: Wire, path = '/', headers = {}): Promise<readonly string[]> => {
  const names: string[] = [];
  for (let i = 0; i < count; i += 1) names.push((await get(path, { headers })).said.name ?? '');
  return names;
};
const protocol = (name: string, service: string, check: AnnotationCase['check']): AnnotationCase => ({
  annotations: { 'backend-protocol': name },
  paths: [testPath('/', `${service}:80`)],
  check,
});
const canary = (annotations: Readonly<Record<string, string>>) => ({ annotations: { canary: 'true', ...annotations } });
const cookieOf = ({ headers }: Awaited<ReturnType<Wire['get']>>): string => headers['set-cookie']?.[0] ?? '';

/** Which backend, and how it is spoken to. */
export const backendCases: Readonly<Record<string, AnnotationCase>> = {
  'backend-protocol: HTTPS': protocol('HTTPS', 'https', async ({ get }) => {
    assert.equal((await get()).said.name, 'a');
  }),
  'backend-protocol: GRPC': protocol('GRPC', 'grpc', async ({ get }) => assert.equal((await get()).said.name, 'grpc')),
  'backend-protocol: GRPCS': protocol('GRPCS', 'grpcs', async ({ get }) => {
    assert.equal((await get()).said.name, 'grpc');
  }),
  'backend-protocol: AUTO_HTTP': protocol('AUTO_HTTP', 'a', async ({ get }) => {
    assert.equal((await get()).said.name, 'a');
  }),
  'proxy-connect-timeout': {
    // The handshake counts as connecting, and this backend keeps silent.
    annotations: { 'backend-protocol': 'HTTPS', 'proxy-connect-timeout': '1', 'proxy-next-upstream-tries': '1' },
    paths: [testPath('/', 'silent')],
    check: async ({ get }) => assert.equal((await get()).status, 504),
  },
  'proxy-read-timeout': {
    annotations: { 'proxy-read-timeout': '1', 'proxy-next-upstream': 'off' },
    check: async ({ get }) => assert.equal((await get('/?delay=4000')).status, 504),
  },
  'proxy-send-timeout': {
    annotations: { 'proxy-send-timeout': '1', 'proxy-body-size': '0', 'proxy-request-buffering': 'off' },
    paths: [testPath('/', 'silent')],
    check: async ({ get }) => {
      const { status } = await get('/', { method: 'POST', body: Buffer.alloc(48 * 1024 ** 2) });
      assert.equal(status, 504);
    },
  },
  'proxy-next-upstream': {
    annotations: { 'proxy-next-upstream': 'http_500 http_404', 'proxy-next-upstream-tries': '2' },
    paths: [testPath('/', 'c')],
    check: async ({ get }) => {
      assert.equal((await get('/?status=500&id=next-500')).status, 500);
      // Two of the three were asked, and said the same.
      assert.equal(['c1', 'c2', 'c3'].filter((name) => seen.has(`/ next-500 ${name}`)).length, 2);
      await get('/?status=503&id=next-503');
      assert.equal(['c1', 'c2', 'c3'].filter((name) => seen.has(`/ next-503 ${name}`)).length, 1);
    },
  },
  'proxy-next-upstream-tries': {
    annotations: { 'proxy-next-upstream-tries': '1' },
    paths: [testPath('/', 'halfdead')],
    check: async ({ get }) => {
      const answers = await Promise.all(Array.from({ length: 12 }, () => get()));
      assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200, 502]));
    },
  },
  'proxy-next-upstream-timeout': {
    annotations: { 'proxy-next-upstream-timeout': '1', 'proxy-read-timeout': '2', 'proxy-next-upstream': 'timeout' },
    paths: [testPath('/', 'c')],
    // After 2 s the time for others is over.
    check: async ({ get }) => assert.equal((await get('/?delay=30000')).status, 504),
  },
  'proxy-http-version': {
    annotations: { 'proxy-http-version': '1.0' },
    check: async ({ get }) => assert.equal((JSON.parse((await get()).text) as { version: string }).version, '1.0'),
  },
  'proxy-buffering, proxy-buffers-number, proxy-buffer-size': {
    annotations: { 'proxy-buffering': 'on', 'proxy-buffers-number': '4', 'proxy-buffer-size': '16k' },
    check: async ({ get }) => {
      // More than 8 KiB of headers do not fit into the usual buffer.
      const { status, headers } = await get('/?long=12000');
      assert.deepEqual([status, headers['x-long']?.length], [200, 12_000]);
      assert.equal((await get('/?size=3000000')).text.length, 3_000_000);
    },
  },
  'proxy-request-buffering': {
    annotations: { 'proxy-request-buffering': 'on' },
    also: { unbuffered: { annotations: { 'proxy-request-buffering': 'off' }, host: 'unbuffered.example.com' } },
    check: async ({ ports, host }) => {
      // Half of a body: what is buffered waits for the rest.
      const half = (to: string, id: string): Socket => {
        const socket = connect(ports.http, '127.0.0.1');
        socket.on('error', () => undefined);
        socket.write(`POST /?id=${id} HTTP/1.1\r\nHost: ${to}\r\nContent-Length: 10\r\n\r\nhello`);
        return socket;
      };
      const sockets = [half(host, 'buffered'), half('unbuffered.example.com', 'unbuffered')];
      await until(async () => begun.has('unbuffered'), 20_000);
      assert.ok(!begun.has('buffered'));
      for (const socket of sockets) socket.write('world');
      await until(async () => seen.get('/ buffered')?.body === 'helloworld', 20_000);
      for (const socket of sockets) socket.destroy();
    },
  },
  'service-upstream': {
    annotations: { 'service-upstream': 'true' },
    paths: [testPath('/', 'byaddress:web')],
    check: async (wire) => assert.deepEqual(await namesOf(2, wire), ['b', 'b']),
  },
  'canary-by-header': {
    annotations: {},
    also: { 'canary-header': canary({ 'canary-by-header': 'X-Canary' }) },
    check: async (wire) => {
      const by = async (value: string) => (await namesOf(1, wire, '/', { 'x-canary': value }))[0];
      assert.deepEqual([await by('always'), await by('never'), await by('maybe')], ['b', 'a', 'a']);
    },
  },
  'canary-by-header-value': {
    annotations: {},
    also: { 'canary-value': canary({ 'canary-by-header': 'X-Canary', 'canary-by-header-value': 'yes' }) },
    check: async (wire) => {
      const by = async (value: string) => (await namesOf(1, wire, '/', { 'x-canary': value }))[0];
      assert.deepEqual([await by('yes'), await by('always')], ['b', 'a']);
    },
  },
  'canary-by-header-pattern': {
    annotations: {},
    also: { 'canary-pattern': canary({ 'canary-by-header': 'X-Canary', 'canary-by-header-pattern': '^(de|fr)$' }) },
    check: async (wire) => {
      const by = async (value: string) => (await namesOf(1, wire, '/', { 'x-canary': value }))[0];
      assert.deepEqual([await by('fr'), await by('fra')], ['b', 'a']);
    },
  },
  'canary-by-cookie': {
    annotations: {},
    also: { 'canary-cookie': canary({ 'canary-by-cookie': 'try' }) },
    check: async (wire) => {
      const by = async (cookie: string) => (await namesOf(1, wire, '/', { cookie }))[0];
      assert.deepEqual([await by('try=always'), await by('x=1; try=never'), await by('x=1')], ['b', 'a', 'a']);
    },
  },
  'canary-weight': {
    annotations: {},
    also: { 'canary-half': canary({ 'canary-weight': '50' }) },
    // All of 60 at one of the two: once in 10^17 runs.
    check: async (wire) => assert.deepEqual([...new Set(await namesOf(60, wire))].toSorted(), ['a', 'b']),
  },
  'canary-weight-total': {
    annotations: {},
    also: { 'canary-total': canary({ 'canary-weight': '7', 'canary-weight-total': '7' }) },
    check: async (wire) => assert.deepEqual([...new Set(await namesOf(10, wire))], ['b']),
  },
  'affinity with all of session-cookie-*': {
    annotations: {
      affinity: 'cookie',
      'affinity-mode': 'balanced',
      'session-cookie-name': 'stick',
      'session-cookie-path': '/p',
      'session-cookie-domain': 'example.com',
      'session-cookie-max-age': '600',
      'session-cookie-expires': '600',
      'session-cookie-samesite': 'None',
      'session-cookie-conditional-samesite-none': 'true',
      'session-cookie-secure': 'true',
    },
    paths: [testPath('/', 'c')],
    check: async (wire) => {
      const first = await wire.get();
      const cookie = cookieOf(first);
      assert.match(
        cookie,
        /^stick=[^;]+; Path=\/p; Domain=example\.com; Expires=[^;]+; Max-Age=600; Secure; HttpOnly; SameSite=None$/,
      );
      const old = await wire.get('/', { headers: { 'user-agent': 'Mozilla/5.0 Chrome/60.0' } });
      assert.doesNotMatch(cookieOf(old), /SameSite/);
      const pair = cookie.slice(0, cookie.indexOf(';'));
      const again = await namesOf(12, wire, '/', { cookie: pair });
      assert.deepEqual([...new Set(again)], [first.said.name]);
    },
  },
  'affinity-mode: persistent': {
    annotations: { affinity: 'cookie', 'affinity-mode': 'persistent' },
    paths: [testPath('/', 'c')],
    check: async (wire) => {
      const first = await wire.get();
      assert.match(cookieOf(first), /^INGRESSCOOKIE=[^;]+; Path=\/; HttpOnly$/);
      const cookie = cookieOf(first).split(';')[0] ?? '';
      assert.deepEqual([...new Set(await namesOf(12, wire, '/', { cookie }))], [first.said.name]);
    },
  },
  'session-cookie-change-on-failure': {
    annotations: { affinity: 'cookie', 'session-cookie-change-on-failure': 'true' },
    paths: [testPath('/', 'halfdead')],
    check: async ({ get }) => {
      // Who was sent to an endpoint that is dead gets the cookie of the one that lives.
      for (let i = 0; i < 8; i += 1) {
        const cookie = cookieOf(await get()).split(';')[0] ?? '';
        const { said, headers } = await get('/', { headers: { cookie } });
        assert.deepEqual([said.name, headers['set-cookie']], ['c1', undefined]);
      }
    },
  },
  'affinity-canary-behavior: sticky': {
    annotations: { affinity: 'cookie', 'affinity-canary-behavior': 'sticky' },
    also: { 'canary-sticky': canary({ 'canary-weight': '50' }) },
    check: async (wire) => {
      const first = await wire.get();
      const cookie = cookieOf(first).split(';')[0] ?? '';
      assert.deepEqual([...new Set(await namesOf(20, wire, '/', { cookie }))], [first.said.name]);
    },
  },
  'upstream-hash-by': {
    annotations: { 'upstream-hash-by': '$arg_user' },
    paths: [testPath('/', 'c')],
    check: async (wire) => {
      for (const user of ['1', '2', '3']) assert.equal(new Set(await namesOf(6, wire, `/?user=${user}`)).size, 1);
      const all = await Promise.all(
        Array.from({ length: 40 }, async (_, index) => (await wire.get(`/?user=u${index}`)).said.name),
      );
      assert.equal(new Set(all).size, 3);
    },
  },
  'load-balance: ewma prefers those who are quick': {
    annotations: { 'load-balance': 'ewma' },
    paths: [testPath('/', 'c')],
    check: async ({ get }) => {
      const count = new Map<string, number>();
      // One of the three takes 100 ms for each answer: it is asked again only as its time is forgotten.
      for (let i = 0; i < 90; i += 1) {
        const { name = '' } = (await get('/?slow=c1')).said;
        count.set(name, (count.get(name) ?? 0) + 1);
      }
      assert.ok((count.get('c1') ?? 0) < 20, JSON.stringify([...count]));
      assert.ok((count.get('c2') ?? 0) > 0 && (count.get('c3') ?? 0) > 0);
    },
  },
};
