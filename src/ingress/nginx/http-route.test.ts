import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Condition } from '../model/condition.ts';
import type { Action, Forward, Policy, Route, RouteTable, ServiceBackend } from '../model/route-table.ts';
import { defaultPolicy } from '../model/route-table.ts';
import { parseHeaderName, parseHostName, parsePath } from '../model/values.ts';
import { routeEntries } from './wire.ts';

// The model is to carry a Gateway API HTTPRoute, too: each of its matches and filters has a place, and reaches nginx.

const name = (text: string) => parseHeaderName(text) ?? assert.fail(text);
const path = (text: string) => parsePath(text) ?? assert.fail(text);
const service = (text: string): ServiceBackend => ({
  kind: 'service',
  namespace: 'default',
  service: text,
  port: 80,
  byAddress: false,
});
const forward = (changes: Partial<Forward> = {}): Forward => ({
  kind: 'forward',
  backends: [{ backend: service('a'), weight: 1 }],
  fallback: undefined,
  protocol: 'HTTP',
  rewrite: undefined,
  host: undefined,
  affinity: undefined,
  balance: { algorithm: 'round_robin', hashBy: undefined, subset: 1 },
  ...changes,
});
interface RouteCase {
  readonly conditions?: readonly Condition[];
  readonly action?: Action;
  readonly policy?: Partial<Policy>;
  /** Words of the route's record, decoded. */
  readonly words: readonly string[];
}

const exact = (text: string) => ({ kind: 'exact' as const, text });
const cases: Readonly<Record<string, RouteCase>> = {
  'matches.method': { conditions: [{ kind: 'method', method: 'POST' }], words: ['if=method,,exact,POST'] },
  'matches.headers, all of them': {
    conditions: [
      { kind: 'header', name: name('X-Version'), value: exact('2') },
      { kind: 'header', name: name('X-Who'), value: { kind: 'pattern', pattern: '^a, b$' } },
    ],
    words: ['if=header,x-version,exact,2', 'if=header,x-who,pattern,%5Ea%2C%20b%24'],
  },
  'matches.queryParams': {
    conditions: [{ kind: 'query', name: 'a b', value: exact('c=d') }],
    words: ['if=query,a%20b,exact,c%3Dd'],
  },
  'backendRefs with weights': {
    action: forward({
      backends: [
        { backend: service('a'), weight: 9 },
        { backend: service('b'), weight: 1 },
      ],
    }),
    words: ['default/a/80=9,default/b/80=1'],
  },
  'filters.requestHeaderModifier': {
    policy: {
      requestHeaders: {
        remove: [name('X-Old')],
        set: [{ name: name('X-Set'), value: 'one, two' }],
        add: [{ name: name('X-Add'), value: 'three' }],
      },
    },
    words: ['request_remove=X-Old', 'request_set=X-Set,one%2C%20two', 'request_add=X-Add,three'],
  },
  'filters.responseHeaderModifier': {
    policy: { responseHeaders: { remove: [], set: [{ name: name('X-Set'), value: '1' }], add: [] } },
    words: ['response_set=X-Set,1'],
  },
  'filters.requestRedirect': {
    action: {
      kind: 'redirect',
      status: 302,
      location: [{ literal: 'https://new.example.com:8443' }, { variable: 'request_uri' }],
    },
    words: ['redirect', '302', 'thttps%3A%2F%2Fnew.example.com%3A8443,vrequest_uri'],
  },
  'filters.urlRewrite, the whole path and the host': {
    action: forward({ rewrite: [{ literal: '/to' }] }),
    words: ['t%2Fto'],
  },
  'filters.requestMirror': {
    policy: { mirror: { target: [{ literal: 'http://copy.example.com' }], host: undefined, body: true } },
    words: ['mirror=thttp%3A%2F%2Fcopy.example.com'],
  },
};

for (const [title, { conditions = [], action = forward(), policy = {}, words }] of Object.entries(cases)) {
  test(title, () => {
    const route: Route = {
      path: { kind: 'prefix', path: path('/x') },
      conditions,
      action,
      policy: { ...defaultPolicy, ...policy },
      source: {
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind: 'HTTPRoute',
        namespace: 'default',
        name: 'r',
        uid: 'u',
      },
    };
    const host = parseHostName('h.io') ?? assert.fail();
    const table: RouteTable = {
      hosts: [
        {
          host: { kind: 'exact', name: host },
          tls: undefined,
          clientTls: undefined,
          routes: [route],
          fallback: undefined,
        },
      ],
    };
    const record = routeEntries(table, new Map()).get('h:h.io') ?? '';
    const found = record.split(/[ |]/).map(decodeURIComponent);
    for (const word of words) assert.ok(found.includes(word), `${word} in ${JSON.stringify(found)}`);
  });
}
