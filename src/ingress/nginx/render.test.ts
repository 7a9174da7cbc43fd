import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Ingress } from '../../api/networking/ingress.schema.ts';
import { planRoutes } from '../plan/routes.ts';
import type { ReadDirective } from '../testing/nginx-syntax.ts';
import { readNginx } from '../testing/nginx-syntax.ts';
import { testIngress, testPath } from '../testing/objects.ts';
import { tableProfiles, usualProfile } from './profile.ts';
import { renderNginx } from './render.ts';
import type { NginxSettings } from './settings.ts';
import { formatEntries, routeEntries } from './wire.ts';

const settings: NginxSettings = {
  directory: '/run/x',
  httpPort: 80,
  httpsPort: 443,
  listenAddress: undefined,
  dnsServers: ['10.233.0.3'],
  accessLog: undefined,
  requestLog: '/run/x/requests.log',
  modules: [],
  user: undefined,
  workers: 1,
};

function render(...ingresses: readonly Ingress[]) {
  const { table } = planRoutes(ingresses, {
    certificate: () => ({ problem: 'does not exist' }),
    secret: () => undefined,
    externalName: () => undefined,
    patternProblem: () => undefined,
  });
  const profiles = tableProfiles(table);
  return {
    ...renderNginx({ settings, luaPath: '/lua/?.lua', profiles, global: {} }),
    profiles,
    state: formatEntries(routeEntries(table, new Map())),
  };
}

const plain = (name: string, host: string): Ingress => testIngress(name, { host, paths: [testPath('/', 'a')] });
const withoutGeneration = (text: string): string => text.replaceAll(/[0-9a-f]{32}/g, '');
const flat = (directives: readonly ReadDirective[]): readonly ReadDirective[] =>
  directives.flatMap((one) => [one, ...flat(one.block ?? [])]);
/** Without what authors' settings make beside locations: maps of origins and ranges, and pages of errors. */
const withoutSideBlocks = (one: ReadDirective): ReadDirective => {
  if (one.block === undefined) return one;
  const isSide = ({ words: [name = '', first = '', second = ''] }: ReadDirective): boolean =>
    name === 'geo' ||
    (name === 'upstream' && first.startsWith('cox_p_')) ||
    /^\$cox_(?:origin|limit)_p_/.test(second) ||
    (name === 'location' && first.startsWith('@cox_error_'));
  for (const side of one.block.filter(isSide)) {
    for (const { words } of side.block ?? []) {
      assert.match(
        words.join(' '),
        /^(?:default |~\*\^|[0-9a-f.:/]+ 1$|0 \$cox_limit$|proxy_|access_by_lua_block|balancer_by_lua_block|server 0\.0\.0\.1$|keepalive)/,
      );
    }
  }
  return { ...one, block: one.block.filter((inner) => !isSide(inner)).map(withoutSideBlocks) };
};
/** The locations that were made for authors. */
const profileLocations = (text: string): readonly ReadDirective[] =>
  flat(readNginx(text)).filter(({ words }) => words[0] === 'location' && words[1]?.startsWith('@p_') === true);

test('Ingresses with the usual settings change nothing but state', () => {
  const one = render(plain('a', 'a.io'));
  const two = render(
    plain('a', 'a.io'),
    plain('b', 'b.io'),
    testIngress('c', {
      host: 'c.io',
      paths: [testPath('/', 'c')],
      annotations: { 'app-root': '/x', 'ssl-redirect': 'false' },
    }),
  );
  assert.equal(one.text, two.text);
  assert.notEqual(one.state, two.state);
});

test('a setting of its own makes a location, its twin, and another generation', () => {
  const usual = render(plain('a', 'a.io'));
  const special = render(
    testIngress('a', {
      host: 'a.io',
      paths: [testPath('/', 'a')],
      annotations: { 'proxy-read-timeout': '7', 'proxy-body-size': '8m', 'whitelist-source-range': '10.0.0.0/8' },
    }),
  );
  assert.notEqual(usual.generation, special.generation);
  assert.deepEqual(
    profileLocations(special.text)
      .filter(({ words }) => !words[1]?.startsWith(`@${usualProfile()[0]}`))
      .map(({ block }) => block?.map(({ words, lua }) => [...words, ...(lua === undefined ? [] : [lua])].join(' '))),
    [[], ['keepalive_timeout 0']].map((head) => [
      ...head,
      'allow 10.0.0.0/8',
      'deny all',
      'client_max_body_size 8388608',
      'proxy_request_buffering off',
      'proxy_read_timeout 7s',
      'access_by_lua_block require("cox.access").run()',
      'proxy_pass http://cox_http',
    ]),
  );
});

/** The only directives that a location for authors may hold, and the only variables in them. */
const allowed = new Set(
  `if return add_header allow deny access_by_lua_block proxy_pass grpc_pass proxy_hide_header client_max_body_size
   keepalive_timeout proxy_request_buffering proxy_connect_timeout proxy_read_timeout proxy_send_timeout
   grpc_connect_timeout grpc_read_timeout grpc_send_timeout proxy_ssl_server_name auth_request auth_request_set
   mirror mirror_request_body proxy_ssl_name proxy_ssl_ciphers proxy_ssl_protocols proxy_ssl_session_reuse
   grpc_ssl_name grpc_ssl_ciphers grpc_ssl_protocols grpc_ssl_session_reuse grpc_ssl_server_name grpc_intercept_errors
   grpc_next_upstream error_page proxy_intercept_errors limit_req limit_conn proxy_buffering proxy_next_upstream`.split(
    /\s+/,
  ),
);
const ourVariables = /\$(?:cox_\w+|upstream_http_\w+|scheme|request_method)/g;

const dangerous = fc.constantFrom(
  '"; return 200 owned; #',
  "'; }",
  '} location / { return 200;',
  '$host',
  '${cox_backend}',
  '\\',
  '\n',
  '\t',
  ' ',
  '|',
  '(?<cox_backend>x)',
  '%0a',
  '%09',
  '%7c',
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
    fc.constant(start),
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
    'auth-url': annotation('http://a.io/$host'),
    'auth-signin': annotation('https://$host/'),
    'auth-response-headers': annotation('X-A, '),
    'auth-realm': text,
    affinity: fc.constant('cookie'),
    'session-cookie-name': text,
    'session-cookie-path': annotation('/'),
    'upstream-hash-by': annotation('$arg_a'),
    'limit-rps': annotation('1'),
    'limit-whitelist': annotation('10.0.0.0/8,'),
    'proxy-next-upstream': annotation('error '),
    'proxy-buffering': annotation('on'),
    satisfy: annotation('any'),
    'mirror-target': annotation('http://a.io'),
    'mirror-host': annotation('a.io'),
    'proxy-ssl-name': annotation('a.io'),
    'proxy-ssl-server-name': annotation('on'),
    'proxy-ssl-ciphers': annotation('HIGH'),
    'proxy-ssl-protocols': annotation('TLSv1.2 '),
    'custom-http-errors': annotation('404'),
    'x-forwarded-prefix': text,
    'default-backend': text,
  },
  { requiredKeys: [] },
);
const evil = fc
  .record({
    host: fc.oneof(
      text,
      text.map((head) => `${head}.example.com`),
      fc.constant('evil.example.com'),
    ),
    path: annotation('/'),
    pathType: fc.constantFrom('Exact' as const, 'Prefix' as const, 'ImplementationSpecific' as const),
    service: fc.oneof(text, fc.constant('svc')),
    annotations,
  })
  .map(({ host, path, pathType, service, annotations: values }) =>
    testIngress('evil', {
      host,
      paths: [
        { path, pathType, backend: { service: { name: service, port: { name: service } } } },
        testPath('/ok', 'a'),
      ],
      annotations: Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)),
    }),
  );

test('nothing that an author writes changes the shape of the configuration', () => {
  const usual = render(plain('good', 'g.io'));
  fc.assert(
    fc.property(evil, (ingress) => {
      const { text: found, profiles } = render(ingress, plain('good', 'g.io'));
      const locations = profileLocations(found);
      assert.equal(locations.length, profiles.size * 2);
      for (const { words, lua } of flat(locations.flatMap(({ block }) => block ?? []))) {
        const [name = '', ...args] = words;
        assert.ok(allowed.has(name), name);
        if (lua !== undefined) assert.equal(lua, 'require("cox.access").run()');
        for (const arg of args) assert.ok(!arg.replaceAll(ourVariables, '').includes('$'), `${name}: ${arg}`);
      }
      // Everything else stays word for word, but for a map of origins.
      const outside = (config: string): readonly string[] =>
        flat(readNginx(withoutGeneration(config)).map(withoutSideBlocks))
          .filter(({ words }) => !words[0]?.startsWith('limit_'))
          .map(({ words }) => words.join(' '))
          .filter((line) => !flat(locations).some(({ words }) => words.join(' ') === line));
      assert.deepEqual(outside(found), outside(usual.text));
    }),
    { numRuns: 200 },
  );
});

test('nothing that an author writes changes the shape of the state', () => {
  const usual = render(plain('good', 'g.io')).state;
  fc.assert(
    fc.property(evil, (ingress) => {
      const lines = render(ingress, plain('good', 'g.io')).state.split('\n');
      assert.ok(lines.length <= 3, 'one line a host');
      assert.ok(lines.includes(usual.trimEnd()));
      for (const line of lines.filter((one) => one !== '')) {
        assert.match(line, /^h:[a-z0-9.*-]+\t/);
        for (const record of line.slice(line.indexOf('\t') + 1).split('|')) {
          const words = record.split(' ').map(decodeURIComponent);
          assert.ok(['exact', 'prefix', 'pattern', 'rest', 'tls'].includes(words[0] ?? ''), record);
          if (words[0] === 'tls' || words[0] === 'rest') continue;
          const lengths = { forward: 10, redirect: 6, refuse: 4 };
          const options = words.slice(lengths[words[2] as keyof typeof lengths]);
          for (const option of options) assert.match(option, /^[a-z_]+=[\w.!~*'()%,-]*$/, record);
        }
      }
    }),
    { numRuns: 300 },
  );
});
