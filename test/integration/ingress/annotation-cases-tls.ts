import assert from 'node:assert/strict';
import { testPath } from '../../../src/ingress/testing/objects.ts';
import type { AnnotationCase } from './annotation-cases.ts';
import { seen } from './annotation-backends.ts';
import { people } from './authorities.ts';
import { until } from './machine.ts';

const { near, far, stranger } = people;
const toBackend = (annotations: Readonly<Record<string, string>>, check: AnnotationCase['check']): AnnotationCase => ({
  annotations: { 'backend-protocol': 'HTTPS', ...annotations },
  paths: [testPath('/', 'mutual')],
  check,
});
/** Whom the backend saw, and under which name it was asked. */
const saw = (text: string): unknown => {
  const { peer, asked, version, cipher } = JSON.parse(text) as Readonly<Record<string, string | undefined>>;
  return { peer, asked, version, cipher };
};

/** Certificates of clients and backends, and copies of requests. */
export const tlsCases: Readonly<Record<string, AnnotationCase>> = {
  'auth-tls-secret: a certificate is wanted': {
    annotations: { 'auth-tls-secret': 'default/authorities' },
    tls: true,
    check: async ({ get, ports }) => {
      const claims = { 'ssl-client-verify': 'SUCCESS', 'ssl-client-subject-dn': 'CN=root' };
      const good = await get('/', { ...near, headers: claims });
      const { headers } = good.said;
      assert.deepEqual(
        [good.status, headers?.['ssl-client-verify'], headers?.['ssl-client-subject-dn'], headers?.['ssl-client-cert']],
        [200, 'SUCCESS', 'CN=near', undefined],
      );
      assert.deepEqual(
        [(await get()).status, (await get('/', stranger)).status, (await get('/', far)).status],
        [400, 400, 200],
      );
      // What was shown to another host, or to none, counts for nothing here.
      assert.equal((await get('/', { ...near, servername: 'other.example.com' })).status, 421);
      assert.equal((await get('/', { tls: false, port: ports.http })).status, 308);
    },
  },
  'auth-tls over plain HTTP': {
    annotations: { 'auth-tls-secret': 'authorities', 'ssl-redirect': 'false' },
    check: async ({ get }) => assert.equal((await get()).status, 400),
  },
  'auth-tls-verify-depth': {
    annotations: { 'auth-tls-secret': 'authorities', 'auth-tls-verify-depth': '0' },
    tls: true,
    check: async ({ get }) => {
      assert.deepEqual([(await get('/', near)).status, (await get('/', far)).status], [200, 400]);
    },
  },
  'auth-tls-verify-client: optional': {
    annotations: { 'auth-tls-secret': 'authorities', 'auth-tls-verify-client': 'optional' },
    tls: true,
    check: async ({ get }) => {
      const statuses = [(await get()).status, (await get('/', near)).status, (await get('/', stranger)).status];
      assert.deepEqual(statuses, [200, 200, 400]);
      assert.equal((await get()).said.headers?.['ssl-client-verify'], 'NONE');
    },
  },
  'auth-tls-verify-client: optional_no_ca, and the certificate for the backend': {
    annotations: {
      'auth-tls-secret': 'authorities',
      'auth-tls-verify-client': 'optional_no_ca',
      'auth-tls-pass-certificate-to-upstream': 'true',
    },
    tls: true,
    check: async ({ get }) => {
      const { said } = await get('/', stranger);
      assert.match(said.headers?.['ssl-client-verify'] ?? '', /^FAILED:/);
      assert.equal(decodeURIComponent(said.headers?.['ssl-client-cert'] ?? '').trim(), stranger.cert.trim());
    },
  },
  'auth-tls-match-cn': {
    annotations: { 'auth-tls-secret': 'authorities', 'auth-tls-match-cn': 'CN=ne[a-z]r$' },
    tls: true,
    check: async ({ get }) => {
      assert.deepEqual([(await get('/', near)).status, (await get('/', far)).status], [200, 403]);
    },
  },
  'auth-tls-error-page': {
    annotations: { 'auth-tls-secret': 'authorities', 'auth-tls-error-page': 'https://help.example.com/tls' },
    tls: true,
    check: async ({ get }) => {
      const { status, headers } = await get();
      assert.deepEqual([status, headers.location], [302, 'https://help.example.com/tls']);
    },
  },
  'auth-tls: what one Ingress asks for holds for the host': {
    annotations: {},
    tls: true,
    also: {
      'tls-also': {
        annotations: { 'auth-tls-secret': 'authorities' },
        paths: [testPath('/also', 'a')],
      },
      'tls-rival': {
        annotations: { 'auth-tls-secret': 'authorities', 'auth-tls-verify-client': 'optional' },
        paths: [testPath('/rival', 'a')],
      },
    },
    check: async ({ get }) => {
      assert.deepEqual([(await get('/')).status, (await get('/', near)).status], [400, 200]);
      assert.equal((await get('/rival', near)).status, 503);
    },
  },
  'proxy-ssl-secret, proxy-ssl-verify, proxy-ssl-name, proxy-ssl-server-name': toBackend(
    {
      'proxy-ssl-secret': 'default/proxy',
      'proxy-ssl-verify': 'on',
      'proxy-ssl-verify-depth': '1',
      'proxy-ssl-name': 'near.example.com',
      'proxy-ssl-server-name': 'on',
    },
    async ({ get }) => {
      const { text } = await get();
      assert.deepEqual(saw(text), {
        ...(saw(text) as object),
        peer: 'far',
        asked: 'near.example.com',
      });
    },
  ),
  'proxy-ssl-name that is another': toBackend(
    { 'proxy-ssl-secret': 'proxy', 'proxy-ssl-verify': 'on', 'proxy-ssl-name': 'other.example.com' },
    async ({ get }) => assert.equal((await get()).status, 502),
  ),
  'proxy-ssl-verify-depth that is enough': {
    annotations: {
      'backend-protocol': 'HTTPS',
      'proxy-ssl-secret': 'proxy',
      'proxy-ssl-verify': 'on',
      'proxy-ssl-name': 'far.example.com',
    },
    paths: [testPath('/', 'distant')],
    check: async ({ get }) => assert.equal((await get()).status, 200),
  },
  'proxy-ssl-verify-depth that is too small': {
    annotations: {
      'backend-protocol': 'HTTPS',
      'proxy-ssl-secret': 'proxy',
      'proxy-ssl-verify': 'on',
      'proxy-ssl-verify-depth': '0',
      'proxy-ssl-name': 'far.example.com',
    },
    paths: [testPath('/', 'distant')],
    check: async ({ get }) => assert.equal((await get()).status, 502),
  },
  'proxy-ssl-protocols and proxy-ssl-ciphers': toBackend(
    { 'proxy-ssl-protocols': 'TLSv1.2', 'proxy-ssl-ciphers': 'ECDHE-ECDSA-AES256-GCM-SHA384' },
    async ({ get }) => {
      const { peer, version, cipher } = saw((await get()).text) as Readonly<Record<string, string | undefined>>;
      assert.deepEqual([peer, version, cipher], [undefined, 'TLSv1.2', 'ECDHE-ECDSA-AES256-GCM-SHA384']);
    },
  ),
  'a connection that shows a certificate is for those only who asked for it': toBackend({}, async ({ get }) => {
    assert.equal((saw((await get()).text) as { readonly peer?: string }).peer, undefined);
  }),
  'mirror-target and mirror-host': {
    annotations: {
      'mirror-target': 'http://mirror.example.com:PORT/copy$request_uri',
      'mirror-host': 'copy.example.com',
    },
    check: async ({ get }) => {
      const { said } = await get('/x?id=mirror', { method: 'POST', body: 'hello' });
      assert.deepEqual([said.name, said.url, said.bytes], ['a', '/x?id=mirror', 5]);
      await until(async () => seen.get('/copy/x mirror'), 20_000);
      const copy = seen.get('/copy/x mirror');
      assert.deepEqual([copy?.headers.host, copy?.body], ['copy.example.com', 'hello']);
    },
  },
  'mirror-request-body: off': {
    annotations: { 'mirror-target': 'http://mirror.example.com:PORT', 'mirror-request-body': 'off' },
    paths: [testPath('/', 'b')],
    check: async ({ get }) => {
      const { said } = await get('/only?id=head', { method: 'POST', body: 'hello' });
      assert.deepEqual([said.name, said.bytes], ['b', 5]);
      // The mirror is another server than the backend; it keeps what came there.
      await until(async () => seen.get('/only head a'), 20_000);
      assert.equal(seen.get('/only head a')?.body, '');
    },
  },
  'upstream-hash-by-subset': {
    annotations: {
      'upstream-hash-by': '$arg_user',
      'upstream-hash-by-subset': 'true',
      'upstream-hash-by-subset-size': '2',
    },
    paths: [testPath('/', 'c')],
    check: async ({ get }) => {
      const names = new Set<string | undefined>();
      // All of 60 at one of two: once in 10^17 runs.
      for (let i = 0; i < 60; i += 1) names.add((await get('/?user=1')).said.name);
      assert.equal(names.size, 2);
    },
  },
};
