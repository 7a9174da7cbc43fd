import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Ingress } from '../../api/networking/ingress.schema.ts';
import { hostKey } from '../model/route-table.ts';
import { testIngress, testPath } from '../testing/objects.ts';
import type { Surroundings } from './incremental.ts';
import { IncrementalPlan } from './incremental.ts';
import type { RouteContext, RoutePlan } from './routes.ts';
import { planRoutes } from './routes.ts';

const context: RouteContext = {
  certificate: (key) => ({ problem: `does not exist: ${key}` }),
  externalName: () => undefined,
  patternProblem: () => undefined,
  secret: () => undefined,
  handling: () => 'ingress-nginx',
};
const surroundings: Surroundings = { epoch: 1, secret: () => undefined };

/** As a plan is meant, whatever its order. */
function content({ table, problems }: RoutePlan): unknown {
  return {
    hosts: Object.fromEntries(table.hosts.map((host) => [hostKey(host.host), host])),
    problems: problems.map((problem) => JSON.stringify(problem)).toSorted(),
  };
}

test('whatever changes, the plan is what it would be from nothing', () => {
  const host = fc.constantFrom('a.io', 'www.a.io', 'b.io', '*.b.io', 'c.io', '');
  const annotations = fc.constantFrom<Record<string, string>>(
    {},
    { 'use-regex': 'true' },
    { 'server-alias': 'c.io' },
    { 'from-to-www-redirect': 'true' },
    { canary: 'true', 'canary-weight': '10' },
  );
  const path = fc.constantFrom('/', '/x', '/x/', '/y');
  const ingress = fc
    .record({ name: fc.constantFrom('1', '2', '3', '4'), host, path, annotations, second: fc.nat(3) })
    .map(({ name, host: at, path: text, annotations: own, second }) =>
      testIngress(name, {
        host: at,
        paths: [testPath(text, 's')],
        annotations: own,
        created: `2024-01-01T00:00:0${second}Z`,
      }),
    );
  fc.assert(
    fc.property(fc.array(ingress, { minLength: 1, maxLength: 12 }), (changes) => {
      const incremental = new IncrementalPlan();
      const current = new Map<string, Ingress>();
      for (const change of changes) {
        current.set(change.metadata.name, change);
        const all = [...current.values()];
        assert.deepEqual(content(incremental.plan(all, context, surroundings)), content(planRoutes(all, context)));
      }
    }),
    { numRuns: 300 },
  );
});

test('only what a change bears on is planned anew', () => {
  const web = (name: string, host: string): Ingress => testIngress(name, { host, paths: [testPath('/', name)] });
  const secured = testIngress('s', {
    spec: {
      tls: [{ hosts: ['s.io'], secretName: 'tls' }],
      rules: [{ host: 's.io', http: { paths: [testPath('/', 's')] } }],
    },
  });
  const incremental = new IncrementalPlan();
  const first = [web('a', 'a.io'), web('b', 'b.io'), secured];
  const hosts = (all: readonly Ingress[], around = surroundings) => incremental.plan(all, context, around).table.hosts;
  const before = hosts(first);
  const sameAs = (after: typeof before): readonly boolean[] => after.map((one) => before.includes(one));
  assert.deepEqual(sameAs(hosts([web('a', 'a.io'), ...first.slice(1)])), [false, true, true]);
  assert.deepEqual(sameAs(hosts(first, { ...surroundings, secret: () => ({}) })), [false, true, false]);
});
