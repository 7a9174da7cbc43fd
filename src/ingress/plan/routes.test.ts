import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Ingress } from '../../api/networking/ingress.schema.ts';
import { describeTable } from '../testing/describe.ts';
import { testIngress, testPath } from '../testing/objects.ts';
import type { Certificate } from './certificates.ts';
import { planRoutes } from './routes.ts';

interface Case {
  readonly ingresses: readonly Ingress[];
  readonly routes: readonly string[];
  /** `name: reason`, and a part of the message. */
  readonly problems?: readonly (readonly [string, RegExp])[];
}

const backend = (name: string) => ({ service: { name, port: { number: 80 } } });
const root = [testPath('/', 'a')];
const web = (annotations: Record<string, string>, path = '/x'): Ingress =>
  testIngress('web', { host: 'h.io', paths: [testPath(path, 'a')], annotations });

const cases: Readonly<Record<string, Case>> = {
  'precedence: exact, then the longest': {
    ingresses: [
      testIngress('a', {
        host: 'h.io',
        paths: [testPath('/', 'a'), testPath('/x', 'b'), testPath('/x/y/', 'c'), testPath('/x', 'd:web', 'Exact')],
      }),
    ],
    routes: [
      'h.io exact /x → default/d/web',
      'h.io prefix /x/y → default/c/80',
      'h.io prefix /x → default/b/80',
      'h.io prefix / → default/a/80',
    ],
  },
  'hosts: exact, wildcard, none; an empty path is all': {
    ingresses: [
      testIngress('a', {
        spec: {
          rules: ['', '*.H.io', 'h.io'].map((host) => ({
            host,
            http: { paths: [testPath('', host === '' ? 'n' : 'a', 'ImplementationSpecific')] },
          })),
        },
      }),
    ],
    routes: ['* prefix / → default/n/80', '*.h.io prefix / → default/a/80', 'h.io prefix / → default/a/80'],
  },
  'the older Ingress has a path that two want': {
    ingresses: [
      testIngress('young', {
        host: 'h.io',
        paths: [testPath('/', 'b'), testPath('/b', 'b')],
        created: '2024-02-01T00:00:00Z',
      }),
      testIngress('old', { host: 'h.io', paths: root }),
    ],
    routes: ['h.io prefix /b → default/b/80', 'h.io prefix / → default/a/80'],
    problems: [['young: PathConflict', /path "\/" of host "h.io" .* older Ingress default\/old$/]],
  },
  'a default backend serves all hosts, or its own hosts where it has some': {
    ingresses: [
      testIngress('all', { spec: { defaultBackend: backend('d') } }),
      testIngress('own', {
        host: 'h.io',
        paths: [testPath('/x', 'a')],
        spec: { rules: [{ host: 'h.io', http: { paths: [testPath('/x', 'a')] } }], defaultBackend: backend('e') },
      }),
    ],
    routes: ['* (rest) → default/d/80', 'h.io prefix /x → default/a/80', 'h.io (rest) → default/e/80'],
  },
  'what cannot be served is left out, and the rest is served': {
    ingresses: [
      testIngress('a', {
        host: 'h.io',
        paths: [
          testPath('/../x', 'a'),
          testPath('/ok', 'a'),
          { path: '/r', pathType: 'Prefix', backend: { resource: { kind: 'Bucket', name: 'x' } } },
          testPath('/p', 'a:not_a_port'),
        ],
      }),
      testIngress('b', { host: 'not a host', paths: root }),
    ],
    routes: ['h.io prefix /ok → default/a/80'],
    problems: [
      ['a: InvalidRule', /path "\/..\/x"/],
      ['a: InvalidRule', /a Bucket as backend/],
      ['a: InvalidRule', /not a port of a Service/],
      ['b: InvalidRule', /host "not a host" is not a DNS name/],
    ],
  },
  'ExternalName: by number, and never the node itself': {
    ingresses: [
      testIngress('a', {
        host: 'h.io',
        paths: [testPath('/', 'outside'), testPath('/n', 'outside:web'), testPath('/l', 'inside')],
      }),
    ],
    routes: ['h.io prefix / → outside api.example.com:80'],
    problems: [
      ['a: InvalidRule', /must be given by number/],
      ['a: InvalidRule', /external name that cannot be served: "127.0.0.1"/],
    ],
  },
  'TLS: redirect, by the Secret that names the host, its star, or none': {
    ingresses: [
      testIngress('a', {
        spec: {
          rules: ['h.io', 'x.s.io', 'plain.io', 'gone.io'].map((host) => ({ host, http: { paths: root } })),
          tls: [
            { hosts: ['h.io'], secretName: 'one' },
            { hosts: ['*.s.io'], secretName: 'star' },
            { hosts: ['gone.io'], secretName: 'gone' },
          ],
        },
      }),
    ],
    routes: [
      'gone.io [default certificate] prefix / → default/a/80 (https)',
      'h.io [default/one] prefix / → default/a/80 (https)',
      'plain.io prefix / → default/a/80',
      'x.s.io [default/star] prefix / → default/a/80 (https)',
    ],
    problems: [['a: InvalidCertificate', /Secret default\/gone does not exist/]],
  },
  'ssl-redirect off; force-ssl-redirect without TLS': {
    ingresses: [
      testIngress('a', {
        host: 'h.io',
        paths: root,
        annotations: { 'ssl-redirect': 'false' },
        spec: { rules: [{ host: 'h.io', http: { paths: root } }], tls: [{ hosts: ['h.io'], secretName: 'one' }] },
      }),
      testIngress('b', { host: 'i.io', paths: root, annotations: { 'force-ssl-redirect': 'true' } }),
    ],
    routes: ['h.io [default/one] prefix / → default/a/80', 'i.io prefix / → default/a/80 (https)'],
  },
  'rewrite-target makes paths patterns': {
    ingresses: [web({ 'rewrite-target': '/$2' }, '/x(/|$)(.*)')],
    routes: ['h.io pattern /x(/|$)(.*) → default/a/80 rewrite /$2'],
  },
  'use-regex leaves exact paths exact': {
    ingresses: [
      testIngress('a', {
        host: 'h.io',
        annotations: { 'use-regex': 'true' },
        paths: [testPath('/x.', 'a', 'Exact'), testPath('/y.*', 'a')],
      }),
    ],
    routes: ['h.io exact /x. → default/a/80', 'h.io pattern /y.* → default/a/80'],
  },
  'a pattern that does not compile is left out': {
    ingresses: [
      testIngress('a', {
        host: 'h.io',
        annotations: { 'use-regex': 'true' },
        paths: [testPath('/(', 'a'), testPath('/ok', 'a')],
      }),
    ],
    routes: ['h.io pattern /ok → default/a/80'],
    problems: [['a: InvalidRule', /path "\/\(" is no regular expression: missing \)/]],
  },
  'app-root stands before the root': {
    ingresses: [web({ 'app-root': '/app' }, '/')],
    routes: ['h.io exact / → 302 ${scheme}://${http_host}/app', 'h.io prefix / → default/a/80'],
  },
  'redirects take the place of backends, the temporary one first': {
    ingresses: [
      web({ 'permanent-redirect': 'https://n.io$request_uri', 'permanent-redirect-code': '308' }),
      testIngress('b', {
        host: 'i.io',
        paths: root,
        annotations: { 'permanent-redirect': 'https://p.io', 'temporal-redirect': 'https://t.io' },
      }),
    ],
    routes: ['h.io prefix /x → 308 https://n.io${request_uri}', 'i.io prefix / → 302 https://t.io'],
  },
  'backend settings': {
    ingresses: [web({ 'backend-protocol': 'grpcs', 'upstream-vhost': 'v.io', 'default-backend': 'spare' })],
    routes: ['h.io prefix /x → default/a/80 GRPCS host v.io else default/spare/'],
  },
  'wrong values are reported and have no effect': {
    ingresses: [
      web({
        'proxy-body-size': '8 MB',
        'permanent-redirect': 'javascript:x',
        'upstream-vhost': 'a;b',
        'proxy-read-timeout': '60s',
      }),
    ],
    routes: ['h.io prefix /x → default/a/80'],
    problems: ['permanent-redirect', 'proxy-body-size', 'proxy-read-timeout', 'upstream-vhost'].map(
      (name) => ['web: InvalidAnnotation', new RegExp(name)] as const,
    ),
  },
  'protection that cannot be given closes the route': {
    ingresses: [
      web({ 'modsecurity-snippet': 'SecRuleEngine On' }),
      testIngress('b', {
        host: 'i.io',
        paths: root,
        annotations: { 'whitelist-source-range': '10.0.0.0/8, nonsense' },
      }),
    ],
    routes: ['h.io prefix /x → refuse', 'i.io prefix / → refuse'],
    problems: [
      ['b: InvalidAnnotation', /whitelist-source-range.* 503/],
      ['web: UnsupportedAnnotation', /modsecurity-snippet .* 503/],
    ],
  },
  'a canary without an Ingress of the same path serves nothing': {
    ingresses: [
      testIngress('c', { host: 'h.io', paths: root, annotations: { canary: 'true', 'canary-weight': '10' } }),
    ],
    routes: [],
    problems: [['c: PathConflict', /no other Ingress has it/]],
  },
  'a canary may not be less open than the Ingress that it belongs to': {
    ingresses: [
      web({}),
      testIngress('c', {
        host: 'h.io',
        paths: [testPath('/x', 'c')],
        annotations: { canary: 'true', 'canary-weight': '10', 'denylist-source-range': '10.0.0.0/8' },
      }),
    ],
    routes: ['h.io prefix /x → default/a/80'],
    problems: [['c: PathConflict', /restrictions .* give both the same/]],
  },
  'snippets are never executed, canaries never take the main route': {
    ingresses: [
      web({ 'configuration-snippet': 'return 200;' }),
      testIngress('c', {
        host: 'h.io',
        paths: [testPath('/x', 'c')],
        annotations: { canary: 'true' },
        created: '2020-01-01T00:00:00Z',
      }),
    ],
    routes: ['h.io prefix /x → default/a/80'],
    problems: [['web: UnsupportedAnnotation', /snippets are never executed/]],
  },
};

const certificate: Certificate = { pem: '', covers: () => false, validFromMs: 0, validToMs: 0 };
const context = {
  patternProblem: (pattern: string) => (pattern === '/(' ? 'missing )' : undefined),
  certificate: (key: string) => (key === 'default/gone' ? { problem: 'does not exist' } : certificate),
  secret: () => undefined,
  externalName: (_: string, service: string) => ({ outside: 'api.example.com.', inside: '127.0.0.1' })[service],
};

for (const [name, { ingresses, routes, problems = [] }] of Object.entries(cases)) {
  test(`routes: ${name}`, () => {
    const plan = planRoutes(ingresses, context);
    assert.deepEqual(describeTable(plan.table), routes);
    assert.deepEqual(
      plan.problems.map(({ source, reason }) => `${source.name}: ${reason}`),
      problems.map(([head]) => head),
    );
    for (const [index, [, message]] of problems.entries()) assert.match(plan.problems[index]?.message ?? '', message);
  });
}

const broken: Readonly<Record<string, Record<string, string>>> = {
  'whitelist-source-range': { 'whitelist-source-range': '10.0.0.0/99' },
  'allowlist-source-range': { 'allowlist-source-range': '' },
  'denylist-source-range': { 'denylist-source-range': 'everybody' },
  'auth-type': { 'auth-type': 'digest' },
  'auth-type without a Secret': { 'auth-type': 'basic' },
  'auth-secret that is missing': { 'auth-type': 'basic', 'auth-secret': 'gone' },
  'auth-secret of another namespace': { 'auth-type': 'basic', 'auth-secret': 'kube-system/users' },
  'auth-secret without auth-type': { 'auth-secret': 'users' },
  'auth-secret-type': { 'auth-type': 'basic', 'auth-secret': 'users', 'auth-secret-type': 'x' },
  'auth-url': { 'auth-url': 'http://localhost/' },
  'auth-url that is empty': { 'auth-url': '' },
  'auth-method': { 'auth-url': 'http://a.io', 'auth-method': 'GET /' },
  'auth-signin': { 'auth-url': 'http://a.io', 'auth-signin': 'javascript:x' },
  'auth-response-headers': { 'auth-url': 'http://a.io', 'auth-response-headers': 'a b' },
  'auth-unheard-of': { 'auth-unheard-of': 'x' },
  satisfy: { satisfy: 'most' },
  'enable-global-auth': { 'enable-global-auth': 'true' },
  'limit-rps': { 'limit-rps': '5/s' },
  'limit-rpm': { 'limit-rpm': '-1' },
  'limit-connections': { 'limit-connections': 'x' },
  'limit-allowlist': { 'limit-rps': '1', 'limit-allowlist': 'x' },
  'limit-unheard-of': { 'limit-unheard-of': '1' },
};
for (const [name, annotations] of Object.entries(broken)) {
  test(`routes: a restriction that cannot be had closes the Ingress: ${name}`, () => {
    const plan = planRoutes([web(annotations)], context);
    assert.deepEqual(describeTable(plan.table), ['h.io prefix /x → refuse']);
    const [annotation = ''] = name.split(' ');
    assert.ok(
      plan.problems.some(({ message }) => message.includes(`kubernetes.io/${annotation}`) && message.includes(' 503')),
      JSON.stringify(plan.problems),
    );
  });
}
