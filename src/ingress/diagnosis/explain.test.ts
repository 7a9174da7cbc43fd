import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planRoutes } from '../plan/routes.ts';
import { testIngress, testPath } from '../testing/objects.ts';
import type { AskedRequest } from './explain.ts';
import { explainRequest } from './explain.ts';

const { table } = planRoutes(
  [
    testIngress('shop', {
      host: 'shop.io',
      paths: [testPath('/cart', 'cart'), testPath('/cart/pay', 'pay', 'Exact'), testPath('/', 'web')],
    }),
    testIngress('any', { paths: [testPath('/', 'default')] }),
    testIngress('wild', { host: '*.shop.io', paths: [testPath('/a', 'wild')] }),
    testIngress('regex', {
      host: 'regex.io',
      annotations: { 'use-regex': 'true' },
      paths: [testPath('/v[0-9]+', 'v', 'ImplementationSpecific')],
    }),
    testIngress('moved', {
      host: 'moved.io',
      annotations: { 'force-ssl-redirect': 'true' },
      paths: [testPath('/', 'm')],
    }),
    testIngress('main', { host: 'new.io', paths: [testPath('/', 'main')] }),
    testIngress('canary', {
      host: 'new.io',
      annotations: { canary: 'true', 'canary-by-header': 'X-New' },
      paths: [testPath('/', 'canary')],
    }),
  ],
  {
    certificate: () => ({ problem: 'does not exist' }),
    externalName: () => undefined,
    patternProblem: () => undefined,
    secret: () => undefined,
  },
);

const ask = (host: string, path: string, secure = false): AskedRequest => ({ host, path, secure });
const cases: Record<string, readonly [AskedRequest, string, string]> = {
  'a prefix': [ask('shop.io', '/cart/x'), 'forward to default/cart/80', 'prefix /cart'],
  'an exact path goes first': [ask('SHOP.io', '/cart/pay'), 'forward to default/pay/80', 'exact /cart/pay'],
  'in the middle of an element': [ask('shop.io', '/carts'), 'forward to default/web/80', 'prefix /'],
  'dots and slashes are resolved': [ask('shop.io', '/x/..//cart/./y'), 'forward to default/cart/80', 'prefix /cart'],
  'a star': [ask('a.shop.io', '/a'), 'forward to default/wild/80', 'prefix /a'],
  'a star without a rule for the path': [
    ask('a.shop.io', '/b'),
    '404: no rule of host "*.shop.io" matches the path',
    '',
  ],
  'a star stands for one label': [ask('a.b.shop.io', '/a'), 'forward to default/default/80', 'prefix /'],
  'an expression': [ask('regex.io', '/V12/x'), 'forward to default/v/80', 'pattern /v[0-9]+'],
  'no match for an expression': [ask('regex.io', '/vx'), '404: no rule of host "regex.io" matches the path', ''],
  'headers that only a canary wants': [ask('new.io', '/'), 'forward to default/main/80', 'prefix /'],
  'to HTTPS': [ask('moved.io', '/'), '308: plain HTTP is redirected to HTTPS', 'prefix /'],
  'over HTTPS': [ask('moved.io', '/', true), 'forward to default/m/80', 'prefix /'],
};

for (const [name, [asked, outcome, chosen]] of Object.entries(cases)) {
  test(`explain: ${name}`, () => {
    const explained = explainRequest(table, asked);
    assert.equal(explained.outcome, outcome);
    assert.equal(explained.considered.find(({ isChosen }) => isChosen)?.path ?? '', chosen);
  });
}

test('explain says why each rule was passed over', () => {
  const { considered } = explainRequest(table, ask('shop.io', '/carts'));
  assert.deepEqual(
    considered.map(({ host, path, ingress, why }) => `${host} ${path} (${ingress}): ${why}`),
    [
      'shop.io exact /cart/pay (default/shop): "/carts" is not exactly this path',
      'shop.io prefix /cart (default/shop): "/carts" goes on in the middle of an element: prefixes match whole elements',
      'shop.io prefix / (default/shop): the first that matches',
      '* prefix / (default/any): host "shop.io" is closer to "shop.io", and hosts share no rules',
    ],
  );
});
