import { memo } from '../memo.ts';
import type { Forward, Route, RouteTable, Users, VirtualHost } from '../model/route-table.ts';
import { backendId, hostKey } from '../model/route-table.ts';
import type { PathPattern } from '../model/values.ts';
import type { Certificate } from '../plan/certificates.ts';
import type { ClientTls } from '../model/tls.ts';
import { defaultBodyLimit, profileName } from './profile.ts';
import { backendWord, conditionOptions, forwardOptions, templateWord } from './wire-options.ts';

/**
 * What the Lua modules read: entries of text by key, one a line. Every word that an author chose is percent-encoded,
 * so that it can hold none of the separators: bars between records, spaces between words.
 */
export type Entries = ReadonlyMap<string, string>;

/** The entries for hosts (`h:`), their certificates (`c:`), authorities (`a:`) and lists of users (`u:`). */
export function routeEntries(table: RouteTable, certificates: ReadonlyMap<string, Certificate>): Entries {
  const entries = new Map(userEntries(table));
  for (const host of table.hosts) {
    entries.set(`h:${hostKey(host.host) || '*'}`, hostText(host));
    if (host.clientTls !== undefined) {
      entries.set(`a:${host.clientTls.key}`, encodeURIComponent(host.clientTls.authorities));
    }
    const key = host.tls?.certificate;
    const found = key === undefined ? undefined : certificates.get(key);
    if (key !== undefined && found !== undefined) entries.set(`c:${key}`, encodeURIComponent(found.pem));
  }
  return entries;
}

/** The key of a Service port's endpoints, which are its value, in between commas. */
export function endpointsKey(backend: Parameters<typeof backendId>[0]): string {
  return `b:${backendId(backend)}`;
}

/** The lists of users (`u:`) that a table's routes name. */
function userEntries({ hosts }: RouteTable): Entries {
  return new Map(hosts.flatMap(hostUsers));
}

const hostUsers = memo(({ routes, fallback }: VirtualHost): readonly (readonly [string, string])[] => {
  const text = (users: Users): string =>
    users.map(([user, hash]) => `${encodeURIComponent(user)}:${encodeURIComponent(hash)}`).join(',');
  const all = fallback === undefined ? routes : [...routes, fallback];
  const lists = all.flatMap(({ policy: { basicAuth } }) => basicAuth ?? []);
  return lists.map(({ key, users }) => [`u:${key}`, text(users)] as const);
});

/** Entries as lines; one without value is to be taken away. */
export function formatEntries(entries: Iterable<readonly [string, string]>): string {
  let text = '';
  for (const [key, value] of entries) text += `${key}\t${value}\n`;
  return text;
}

/** The expression for a pattern: each of its alternatives must match from the start. */
export function patternExpression(pattern: PathPattern): string {
  return `^(?:${pattern})`;
}

/** The authorities of client certificates, by their key, and what is asked: for the state. */
function clientWords({ key, depth, mode, subject, errorPage, pass }: ClientTls): readonly string[] {
  return ['client', key, String(depth), mode, subject ?? '-', errorPage ?? '-', pass ? '1' : '0'];
}

const hostText = memo(({ tls, clientTls, routes, fallback }: VirtualHost): string =>
  [
    ...(tls === undefined ? [] : [record('tls', tls.certificate ?? '-')]),
    ...(clientTls === undefined ? [] : [record(...clientWords(clientTls))]),
    ...routes.map((route) => record(...matchWords(route), ...actionWords(route))),
    ...(fallback === undefined ? [] : [record('rest', ...actionWords(fallback))]),
  ].join('|'),
);

function record(...words: readonly string[]): string {
  return words.map(encodeURIComponent).join(' ');
}

function matchWords({ path }: Route): readonly string[] {
  return [path.kind, path.kind === 'pattern' ? patternExpression(path.pattern) : path.path];
}

function actionWords(route: Route): readonly string[] {
  const { action, policy } = route;
  const https = policy.redirectToHttps ? '1' : '0';
  const options = [...conditionOptions(route.conditions)];
  if (action.kind === 'refuse') return ['refuse', https, ...options];
  if (action.kind === 'redirect') {
    return ['redirect', https, String(action.status), templateWord(action.location), ...options];
  }
  return [
    'forward',
    https,
    `@${profileName(route, action)}`,
    backendsWord(action),
    action.fallback === undefined ? '-' : backendWord(action.fallback),
    action.host ?? '-',
    String(policy.bodyLimit ?? defaultBodyLimit),
    action.rewrite === undefined ? '-' : templateWord(action.rewrite),
    ...options,
    ...forwardOptions(route, action),
  ];
}

function backendsWord({ backends }: Forward): string {
  const [first] = backends;
  if (backends.length === 1 && first !== undefined) return backendWord(first.backend);
  return backends.map(({ backend, weight }) => `${backendWord(backend)}=${weight}`).join(',');
}

const hostPatterns = memo(({ routes }: VirtualHost): readonly PathPattern[] =>
  routes.flatMap(({ path }) => (path.kind === 'pattern' ? [path.pattern] : [])),
);

/** The patterns of a table, each once. */
export function tablePatterns({ hosts }: RouteTable): readonly PathPattern[] {
  return [...new Set(hosts.flatMap(hostPatterns))];
}
