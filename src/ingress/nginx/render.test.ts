import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Ingress } from '../../api/networking/ingress.schema.ts';
import type { Certificate } from '../plan/certificates.ts';
import { planRoutes } from '../plan/routes.ts';
import { testIngress, testPath } from '../testing/objects.ts';
import type { ReadDirective } from '../testing/nginx-syntax.ts';
import { readNginx } from '../testing/nginx-syntax.ts';
import { renderNginx } from './render.ts';
import type { NginxSettings } from './settings.ts';

const settings: NginxSettings = {
  directory: '/run/x',
  httpPort: 80,
  httpsPort: 443,
  listenAddress: undefined,
  dnsServers: ['10.233.0.3'],
  accessLog: undefined,
  modules: [],
  user: undefined,
  workers: 1,
};
const certificate: Certificate = { pem: '', covers: () => false };

function render(...ingresses: readonly Ingress[]) {
  const context = { certificate: () => certificate, externalName: () => undefined };
  const { table } = planRoutes(ingresses, context);
  return renderNginx({ table, settings, balancer: 'cox', certificateFile: () => '/run/x/cert.pem' });
}

/** The directives that Ingresses make: everything in the servers for people. */
function servers(text: string): readonly ReadDirective[] {
  const http = readNginx(text).find(({ words }) => words[0] === 'http')?.block ?? [];
  return http.filter(
    ({ words, block }) => words[0] === 'server' && block?.some((inner) => inner.words[0] === 'server_name'),
  );
}

const flat = (directives: readonly ReadDirective[]): readonly ReadDirective[] =>
  directives.flatMap((one) => [one, ...flat(one.block ?? [])]);

/** The only directives that a server for people may hold. */
const allowed = new Set(
  `server listen server_name ssl_certificate ssl_certificate_key location if return set rewrite add_header allow deny
   access_by_lua_block proxy_pass grpc_pass proxy_hide_header proxy_set_header grpc_set_header client_max_body_size
   proxy_request_buffering proxy_connect_timeout proxy_read_timeout proxy_send_timeout grpc_connect_timeout
   grpc_read_timeout grpc_send_timeout proxy_ssl_server_name proxy_ssl_name`.split(/\s+/),
);
/** Directives in whose words nginx replaces variables, with those that we use. */
const interpolated = new Set(['return', 'set', 'rewrite', 'add_header', 'proxy_pass', 'grpc_pass', 'proxy_set_header']);
const ourVariables =
  /\$(?:[1-9]|cox_\w+|http_host|http_upgrade|http_x_forwarded_for|remote_addr|server_port|scheme|host|request_uri)|\$\{(?:scheme|host|http_host|request_uri|args)\}/g;

const dangerous = fc.constantFrom(
  '"; return 200 owned; #',
  "'; }",
  '} location / { return 200;',
  '$host',
  '${cox_backend}',
  '\\',
  '\n',
  ' ',
  '~ ^/',
  '(?<cox_backend>x)',
  '%0a',
  '%24host',
  '*',
  ';',
);
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.array(fc.oneof(dangerous, fc.string({ maxLength: 5 })), { maxLength: 4 }).map((parts) => parts.join('')),
);
const annotation = (start: string) =>
  fc.oneof(
    text,
    text.map((tail) => start + tail),
  );
const annotations = fc.record(
  {
    'rewrite-target': annotation('/$1'),
    'use-regex': fc.constantFrom('true', 'false'),
    'app-root': annotation('/'),
    'permanent-redirect': annotation('https://a.io/'),
    'temporal-redirect': annotation('https://$host'),
    'upstream-vhost': text,
    'enable-cors': fc.constant('true'),
    'cors-allow-origin': annotation('https://a.io'),
    'cors-allow-methods': annotation('GET, '),
    'cors-allow-headers': annotation('X-A, '),
    'cors-max-age': text,
    'whitelist-source-range': annotation('10.0.0.0/8,'),
    'denylist-source-range': text,
    'proxy-body-size': text,
    'proxy-read-timeout': text,
    'backend-protocol': fc.oneof(text, fc.constantFrom('HTTPS', 'GRPC', 'AUTO_HTTP')),
    'server-snippet': text,
    'default-backend': text,
  },
  { requiredKeys: [] },
);

test('nothing that an author writes changes the shape of the configuration', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        text,
        text.map((head) => `${head}.example.com`),
      ),
      annotation('/'),
      fc.constantFrom('Exact' as const, 'Prefix' as const, 'ImplementationSpecific' as const),
      fc.oneof(text, fc.constant('svc')),
      annotations,
      (host, path, pathType, service, values) => {
        const set = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
        const paths = [
          { path, pathType, backend: { service: { name: service, port: { name: service } } } },
          testPath('/ok', 'a'),
        ];
        const rendered = render(
          testIngress('evil', { host, paths, annotations: set }),
          testIngress('good', { host: 'g.io', paths: [testPath('/', 'a')] }),
        );
        const found = servers(rendered.text);
        // Ours, the good one's, and the evil one's own where its host is one.
        assert.ok(found.length === 2 || found.length === 3);
        for (const { words, lua } of flat(found)) {
          const [name = '', ...args] = words;
          assert.ok(allowed.has(name), name);
          if (lua !== undefined) assert.equal(lua, 'require("cox").choose()');
          if (!interpolated.has(name)) continue;
          // The expression of a rewrite is none; nginx does not look for variables in it.
          const read = name === 'rewrite' ? args.slice(1) : args;
          for (const arg of read) assert.ok(!arg.replaceAll(ourVariables, '').includes('$'), `${name}: ${arg}`);
        }
        const good = found.find(({ block }) => block?.some(({ words }) => words.join(' ') === 'server_name g.io'));
        const alone = servers(render(testIngress('good', { host: 'g.io', paths: [testPath('/', 'a')] })).text).at(-1);
        assert.deepEqual(good, alone);
      },
    ),
    { numRuns: 300 },
  );
});

test('the same table gives the same text, another one another generation', () => {
  const one = render(testIngress('a', { host: 'h.io', paths: [testPath('/', 'a')] }));
  const two = render(testIngress('a', { host: 'h.io', paths: [testPath('/', 'b')] }));
  assert.equal(one.text, render(testIngress('a', { host: 'h.io', paths: [testPath('/', 'a')] })).text);
  assert.notEqual(one.generation, two.generation);
  assert.ok(one.text.includes(`return 200 ${one.generation};`));
});

test('a plain route costs three lines', () => {
  const [, server] = servers(render(testIngress('a', { host: 'h.io', paths: [testPath('/', 'a')] })).text);
  assert.deepEqual(server?.block?.find(({ words }) => words[0] === 'location')?.block, [
    { words: ['set', '$cox_backend', 'default/a/80'] },
    { words: ['access_by_lua_block'], lua: 'require("cox").choose()' },
    { words: ['proxy_pass', 'http://cox_http'] },
  ]);
});
