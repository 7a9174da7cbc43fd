import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { PathMatch, Route } from '../model/route-table.ts';
import { defaultPolicy, pathKey } from '../model/route-table.ts';
import type { LiteralPath, PathPattern } from '../model/values.ts';
import { compareRoutes } from '../plan/precedence.ts';
import type { Location } from './locations.ts';
import { planLocations } from './locations.ts';

const source = { apiVersion: 'v1', kind: 'Ingress', namespace: 'a', name: 'b', uid: 'c' };
const route = (path: PathMatch): Route => ({ path, action: { kind: 'refuse' }, policy: defaultPolicy, source });

/** What the specification says: the first route, in order of precedence, that matches. */
function expected(routes: readonly Route[], path: string): Route | undefined {
  return routes.find(({ path: match }) => {
    if (match.kind === 'exact') return match.path === path;
    if (match.kind === 'pattern') return new RegExp(`^(?:${match.pattern})`, 'i').test(path);
    return match.path === '/' || path === match.path || path.startsWith(`${match.path}/`);
  });
}

/** How nginx chooses: equal, then the first expression, then the longest prefix; `redirect` is one of its own. */
function nginxChooses(locations: readonly Location[], path: string): Route | undefined | 'redirect' {
  const equal = locations.find(({ modifier, text }) => modifier === '=' && text === path);
  if (equal !== undefined) return equal.route;
  const prefixes = locations.filter(({ modifier }) => modifier === '' || modifier === '=');
  if (prefixes.some(({ text, route: to }) => text === `${path}/` && to !== undefined)) return 'redirect';
  const expression = locations
    .filter(({ modifier }) => modifier.startsWith('~'))
    .find(({ modifier, text }) =>
      new RegExp(text.replaceAll('\\z', '$').replaceAll('\\-', '-'), modifier === '~*' ? 'i' : '').test(path),
    );
  if (expression !== undefined) return expression.route;
  const prefix = locations
    .filter(({ modifier, text }) => modifier === '' && path.startsWith(text))
    .toSorted((a, b) => b.text.length - a.text.length)[0];
  return prefix?.route;
}

const segment = fc.constantFrom('a', 'b', 'ab', 'A', 'a.b');
const path = fc
  .tuple(fc.array(segment, { maxLength: 3 }), fc.boolean())
  .map(([segments, slash]) => `/${segments.join('/')}${slash && segments.length > 0 ? '/' : ''}`);
const match = fc.oneof(
  path.map((text): PathMatch => ({ kind: 'exact', path: text as LiteralPath })),
  path.map((text): PathMatch => ({
    kind: 'prefix',
    path: (text === '/' ? text : text.replace(/\/$/, '')) as LiteralPath,
  })),
);
const pattern = path.map((text): PathMatch => ({ kind: 'pattern', pattern: `${text}(x|b)?` as PathPattern }));

for (const [name, kinds] of [
  ['paths', match],
  ['paths and patterns', fc.oneof(match, pattern)],
] as const) {
  test(`nginx chooses as the specification says: ${name}`, () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(kinds, { selector: pathKey, maxLength: 6 }),
        path,
        fc.boolean(),
        (matches, asked, hasFallback) => {
          const routes = matches.map(route).toSorted(compareRoutes);
          const fallback = hasFallback ? route({ kind: 'prefix', path: '/' as LiteralPath }) : undefined;
          const locations = planLocations({ routes, fallback });
          assert.equal(nginxChooses(locations, asked), expected(routes, asked) ?? fallback);
        },
      ),
      { numRuns: 500 },
    );
  });
}
