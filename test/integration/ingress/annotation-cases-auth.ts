import assert from 'node:assert/strict';
import type { AnnotationCase, Wire } from './annotation-cases.ts';
import type { Answer } from './machine.ts';

const basic = (user: string, password: string): Readonly<Record<string, string>> => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});
const statuses = (answers: readonly Answer[]): readonly number[] => answers.map(({ status }) => status);
const together = (count: number, { get }: Wire, path = '/'): Promise<readonly Answer[]> =>
  Promise.all(Array.from({ length: count }, () => get(path)));
const refusals = (answers: readonly Answer[]): number => statuses(answers).filter((status) => status === 503).length;

/** Who may: source ranges, passwords, others' word, limits. */
export const authCases: Readonly<Record<string, AnnotationCase>> = {
  'whitelist-source-range: others': {
    annotations: { 'whitelist-source-range': '10.0.0.0/8' },
    check: async ({ get }) => assert.equal((await get()).status, 403),
  },
  'allowlist-source-range: own': {
    annotations: { 'allowlist-source-range': '10.0.0.0/8, 127.0.0.0/8' },
    check: async ({ get }) => assert.equal((await get()).status, 200),
  },
  'denylist-source-range': {
    annotations: { 'denylist-source-range': '127.0.0.1' },
    check: async ({ get }) => assert.equal((await get()).status, 403),
  },
  'basic authentication by htpasswd': {
    annotations: { 'auth-type': 'basic', 'auth-secret': 'default/users', 'auth-realm': 'the "realm"' },
    check: async ({ get }) => {
      const { status, headers } = await get();
      assert.deepEqual([status, headers['www-authenticate']], [401, 'Basic realm="the \\"realm\\""']);
      const tries = [basic('ali', 'opensesame'), basic('ali', 'x'), basic('zoe', 'opensesame'), { authorization: 'x' }];
      const answers = await Promise.all(tries.map((given) => get('/', { headers: given })));
      assert.deepEqual(statuses(answers), [200, 401, 401, 401]);
      // What was right once does not make another password right.
      assert.equal((await get('/', { headers: basic('ali', 'opensesam') })).status, 401);
    },
  },
  'basic authentication by a key for each user': {
    annotations: { 'auth-type': 'basic', 'auth-secret': 'map', 'auth-secret-type': 'auth-map' },
    check: async ({ get }) => {
      const answers = await Promise.all(['zoe', 'ali'].map((user) => get('/', { headers: basic(user, 'opensesame') })));
      assert.deepEqual(statuses(answers), [200, 401]);
    },
  },
  'auth-url': {
    annotations: {
      'auth-url': 'http://auth.example.com:PORT/auth?$args',
      'auth-method': 'HEAD',
      'auth-response-headers': 'X-User, X-Group',
    },
    check: async ({ get }) => {
      const answers = await Promise.all([204, 401, 403, 500].map((status) => get(`/?auth-status=${status}`)));
      assert.deepEqual(statuses(answers), [200, 401, 403, 500]);
      const said = await get('/?auth-say=X-User:ali&auth-say=Set-Cookie:s%3D1', {
        headers: { 'x-user': 'root', 'x-group': 'admin' },
      });
      assert.deepEqual([said.said.headers?.['x-user'], said.said.headers?.['x-group']], ['ali', undefined]);
      assert.deepEqual(said.headers['set-cookie'], ['s=1']);
      assert.equal((await get('/?auth-status=403&auth-say=Set-Cookie:s%3D1')).headers['set-cookie'], undefined);
    },
  },
  'auth-signin': {
    annotations: {
      'auth-url': 'http://auth.example.com:PORT/auth?$args',
      'auth-signin': 'https://login.example.com/start?a=b',
      'auth-signin-redirect-param': 'back',
      'auth-always-set-cookie': 'true',
    },
    check: async ({ get, host }) => {
      const { status, headers } = await get('/x?auth-status=401&auth-say=Set-Cookie:s%3D1');
      const back = encodeURIComponent(`http://${host}/x?auth-status=401&auth-say=Set-Cookie:s%3D1`);
      assert.deepEqual([status, headers.location], [302, `https://login.example.com/start?a=b&back=${back}`]);
      assert.deepEqual(headers['set-cookie'], ['s=1']);
      assert.equal((await get('/')).status, 200);
    },
  },
  'an authentication service that does not answer': {
    annotations: { 'auth-url': 'http://auth.example.com:1/' },
    check: async ({ get }) => assert.equal((await get()).status, 500),
  },
  'satisfy: any, from an allowed range': {
    annotations: {
      satisfy: 'any',
      'allowlist-source-range': '127.0.0.0/8',
      'auth-type': 'basic',
      'auth-secret': 'users',
      'auth-url': 'http://auth.example.com:1/',
    },
    check: async ({ get }) => assert.equal((await get()).status, 200),
  },
  'satisfy: any, from elsewhere': {
    annotations: {
      satisfy: 'any',
      'allowlist-source-range': '10.0.0.0/8',
      'auth-type': 'basic',
      'auth-secret': 'users',
    },
    check: async ({ get }) => {
      assert.equal((await get()).status, 401);
      assert.equal((await get('/', { headers: basic('ali', 'opensesame') })).status, 200);
    },
  },
  'satisfy: all': {
    annotations: {
      satisfy: 'all',
      'allowlist-source-range': '127.0.0.0/8',
      'auth-type': 'basic',
      'auth-secret': 'users',
    },
    check: async ({ get }) => assert.equal((await get()).status, 401),
  },
  'enable-global-auth: false': {
    annotations: { 'enable-global-auth': 'false' },
    check: async ({ get }) => assert.equal((await get()).status, 200),
  },
  'limit-rpm with its burst': {
    annotations: { 'limit-rpm': '1', 'limit-burst-multiplier': '3' },
    check: async (wire) => {
      // One a minute, and three more at once: however slow the machine is, most of 20 are too many.
      const refused = refusals(await together(20, wire));
      assert.ok(refused >= 10 && refused <= 16, `${refused} of 20 refused`);
    },
  },
  'limit-rps': {
    annotations: { 'limit-rps': '1', 'limit-burst-multiplier': '1' },
    check: async (wire) => assert.ok(refusals(await together(40, wire)) > 0),
  },
  'limit-connections': {
    annotations: { 'limit-connections': '1' },
    check: async (wire) => {
      assert.ok(refusals(await together(8, wire, '/?delay=500')) > 0);
    },
  },
  'limit-whitelist: own': {
    annotations: { 'limit-rpm': '1', 'limit-burst-multiplier': '1', 'limit-whitelist': '127.0.0.0/8' },
    check: async (wire) => assert.equal(refusals(await together(12, wire)), 0),
  },
  'limit-allowlist: others': {
    annotations: { 'limit-rpm': '1', 'limit-burst-multiplier': '1', 'limit-allowlist': '10.0.0.0/8' },
    check: async (wire) => assert.ok(refusals(await together(12, wire)) > 0),
  },
  'limit-rate after limit-rate-after': {
    annotations: { 'limit-rate': '16', 'limit-rate-after': '16' },
    check: async ({ get }) => {
      const start = performance.now();
      assert.equal((await get('/?size=40960')).text.length, 40_960);
      // 24 KiB are beyond what goes at once. A slow machine only takes longer.
      assert.ok(performance.now() - start > 900, 'it was not slowed down');
    },
  },
};
