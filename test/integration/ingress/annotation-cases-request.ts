import assert from 'node:assert/strict';
import { testPath } from '../../../src/ingress/testing/objects.ts';
import type { AnnotationCase } from './annotation-cases.ts';

const pattern = (path: string) => testPath(path, 'a', 'ImplementationSpecific');

/** Paths, redirects, CORS, bodies: what happens to a request before anybody is chosen for it. */
export const requestCases: Readonly<Record<string, AnnotationCase>> = {
  'ssl-redirect: true where the host has TLS': {
    annotations: { 'ssl-redirect': 'true' },
    tls: true,
    check: async ({ get, host, ports }) => {
      const { status, headers } = await get('/x?y', { tls: false, port: ports.http });
      assert.deepEqual([status, headers.location], [308, `https://${host}:${ports.https}/x?y`]);
      assert.equal((await get('/')).status, 200);
    },
  },
  'ssl-redirect: false': {
    annotations: { 'ssl-redirect': 'false' },
    tls: true,
    check: async ({ get, ports }) => assert.equal((await get('/', { tls: false, port: ports.http })).status, 200),
  },
  'force-ssl-redirect': {
    annotations: { 'force-ssl-redirect': 'true' },
    check: async ({ get }) => assert.equal((await get()).status, 308),
  },
  'use-regex': {
    annotations: { 'use-regex': 'true' },
    paths: [pattern('/x[0-9]+')],
    check: async ({ get }) => {
      assert.deepEqual([(await get('/X12/y')).status, (await get('/x')).status], [200, 404]);
    },
  },
  'rewrite-target': {
    annotations: { 'rewrite-target': '/to/$2' },
    paths: [pattern('/from(/|$)(.*)')],
    check: async ({ get }) => assert.equal((await get('/from/x?y=1')).said.url, '/to/x?y=1'),
  },
  'app-root': {
    annotations: { 'app-root': '/app' },
    check: async ({ get, host }) => {
      const { status, headers } = await get('/');
      assert.deepEqual([status, headers.location], [302, `http://${host}/app`]);
    },
  },
  'permanent-redirect and its code': {
    annotations: { 'permanent-redirect': 'https://new.example.com$request_uri', 'permanent-redirect-code': '308' },
    check: async ({ get }) => {
      const { status, headers } = await get('/x?y');
      assert.deepEqual([status, headers.location], [308, 'https://new.example.com/x?y']);
    },
  },
  'temporal-redirect and its code': {
    annotations: { 'temporal-redirect': 'https://new.example.com', 'temporal-redirect-code': '307' },
    check: async ({ get }) => {
      const { status, headers } = await get('/x');
      assert.deepEqual([status, headers.location], [307, 'https://new.example.com']);
    },
  },
  'from-to-www-redirect': {
    annotations: { 'from-to-www-redirect': 'true' },
    check: async ({ get, host }) => {
      const { status, headers } = await get('/x?y', { host: `www.${host}` });
      assert.deepEqual([status, headers.location], [308, `http://${host}/x?y`]);
    },
  },
  'server-alias': {
    annotations: { 'server-alias': 'alias-one.example.com, alias-two.example.com' },
    check: async ({ get }) => {
      for (const host of ['alias-one.example.com', 'alias-two.example.com'])
        assert.equal((await get('/', { host })).said.name, 'a');
      assert.equal((await get('/', { host: 'alias-three.example.com' })).status, 404);
    },
  },
  'enable-cors with all of cors-*': {
    annotations: {
      'enable-cors': 'true',
      'cors-allow-origin': 'https://*.example.com',
      'cors-allow-methods': 'GET, PUT',
      'cors-allow-headers': 'X-One',
      'cors-allow-credentials': 'false',
      'cors-expose-headers': 'X-Two',
      'cors-max-age': '600',
    },
    check: async ({ get }) => {
      const cors = async (origin: string): Promise<unknown> => {
        const { status, headers } = await get('/', { method: 'OPTIONS', headers: { origin } });
        const said = ['origin', 'methods', 'headers', 'credentials'].map(
          (name) => headers[`access-control-allow-${name}`],
        );
        return [status, ...said, headers['access-control-expose-headers'], headers['access-control-max-age']];
      };
      const rest = ['GET, PUT', 'X-One', undefined, 'X-Two', '600'];
      assert.deepEqual(await cors('https://a.example.com'), [204, 'https://a.example.com', ...rest]);
      assert.deepEqual(await cors('https://a.example.org'), [204, undefined, ...rest]);
    },
  },
  'proxy-body-size': {
    annotations: { 'proxy-body-size': '1k' },
    check: async ({ get }) => {
      const send = async (size: number) => (await get('/', { method: 'POST', body: Buffer.alloc(size) })).status;
      assert.deepEqual([await send(1024), await send(1025)], [200, 413]);
    },
  },
  'x-forwarded-prefix': {
    annotations: { 'x-forwarded-prefix': '/shop "a"' },
    check: async ({ get }) => assert.equal((await get()).said.headers?.['x-forwarded-prefix'], '/shop "a"'),
  },
  'upstream-vhost': {
    annotations: { 'upstream-vhost': 'inside.example.com' },
    check: async ({ get }) => assert.equal((await get()).said.headers?.['host'], 'inside.example.com'),
  },
  'default-backend and custom-http-errors': {
    annotations: { 'default-backend': 'b', 'custom-http-errors': '404,503' },
    paths: [testPath('/', 'a'), testPath('/none', 'empty')],
    check: async ({ get, host }) => {
      assert.equal((await get('/none')).said.name, 'b');
      const { status, said } = await get('/x?status=404', { headers: { accept: 'text/html' } });
      const told = ['x-code', 'x-format', 'x-original-uri', 'x-namespace', 'x-service-name', 'x-service-port'];
      assert.deepEqual(
        [said.name, ...told.map((name) => said.headers?.[name])],
        ['b', '404', 'text/html', '/x?status=404', 'default', 'a', '80'],
      );
      assert.equal(said.headers?.['x-ingress-name'], host.slice(0, host.indexOf('.')));
      assert.ok(status === 404 || status === 200, String(status));
      assert.equal((await get('/?status=500')).said.name, 'a');
    },
  },
};
