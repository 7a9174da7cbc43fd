import type { PathMatch, Route, VirtualHost } from '../model/route-table.ts';

/** Which requests a `location` takes, in nginx's own terms, and whose they are: undefined for nobody's. */
export interface Location {
  readonly modifier: '=' | '' | '~' | '~*';
  readonly text: string;
  readonly route: Route | undefined;
}

/**
 * The locations that make nginx choose as the host's routes say, which stand in order of precedence.
 *
 * nginx looks for an equal path, then for the longest prefix, and lets regular expressions, in their order, beat
 * prefixes. So a host without patterns uses the first two, which is fast, and one with patterns uses expressions alone.
 */
export function planLocations(host: Pick<VirtualHost, 'routes' | 'fallback'>): readonly Location[] {
  const hasPatterns = host.routes.some(({ path }) => path.kind === 'pattern');
  const locations = hasPatterns ? host.routes.map(asExpression) : asPrefixes(host.routes, host.fallback);
  const takesRest = locations.some(({ modifier, text }) => modifier === '' && text === '/');
  return takesRest ? locations : [...locations, { modifier: '', text: '/', route: host.fallback }];
}

function asPrefixes(routes: readonly Route[], fallback: Route | undefined): readonly Location[] {
  const exact = new Map<string, Route | undefined>();
  const prefixes = new Map<string, Route>();
  const prefixRoutes = routes.filter(({ path }) => path.kind === 'prefix');
  for (const route of routes) if (route.path.kind === 'exact') exact.set(route.path.path, route);
  for (const route of prefixRoutes) {
    const text = pathText(route.path);
    prefixes.set(text === '/' ? '/' : `${text}/`, route);
    if (text !== '/' && !exact.has(text)) exact.set(text, route);
  }
  // For a location `/p/` nginx answers `/p` with a redirect of its own, unless that is a location, too.
  for (const path of [...exact.keys()].filter((text) => text.length > 1 && text.endsWith('/'))) {
    const bare = path.slice(0, -1);
    if (exact.has(bare)) continue;
    exact.set(bare, prefixRoutes.find((route) => isUnder(bare, pathText(route.path))) ?? fallback);
  }
  return [
    ...[...exact].map(([text, route]): Location => ({ modifier: '=', text, route })),
    ...[...prefixes].map(([text, route]): Location => ({ modifier: '', text, route })),
  ];
}

function isUnder(path: string, prefix: string): boolean {
  return prefix === '/' || path === prefix || path.startsWith(`${prefix}/`);
}

function asExpression(route: Route): Location {
  const { path } = route;
  if (path.kind === 'pattern') return { modifier: '~*', text: patternExpression(path.pattern), route };
  if (path.kind === 'exact') return { modifier: '~', text: `^${escapeExpression(path.path)}\\z`, route };
  const text = path.path === '/' ? '^/' : `^${escapeExpression(path.path)}(?:/|\\z)`;
  return { modifier: '~', text, route };
}

/** The expression for a pattern: each of its alternatives must match from the start. */
export function patternExpression(pattern: string): string {
  return `^(?:${pattern})`;
}

/** Text as an expression that matches just that text. */
export function escapeExpression(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|#-]/g, '\\$&');
}

function pathText(path: PathMatch): string {
  return path.kind === 'pattern' ? path.pattern : path.path;
}
