import type { PathMatch, Route, RouteTable, Source, VirtualHost } from '../model/route-table.ts';
import type { Condition } from '../model/condition.ts';
import { hostKey } from '../model/route-table.ts';
import { actionText } from './action-text.ts';

export interface AskedRequest {
  readonly secure: boolean;
  /** Without port. */
  readonly host: string;
  /** As in the URL, without query. */
  readonly path: string;
}

export interface ConsideredRule {
  /** `*` for all hosts. */
  readonly host: string;
  /** E.g. `prefix /shop`, or `rest` for what no path matches. */
  readonly path: string;
  readonly ingress: string;
  readonly isChosen: boolean;
  readonly why: string;
}

export interface Explanation {
  /** The path as rules see it: decoded, without `.`, `..` and `//`. */
  readonly path: string;
  readonly considered: readonly ConsideredRule[];
  readonly chosen: Route | undefined;
  /** What becomes of the request, in words. */
  readonly outcome: string;
}

/** Goes through a table as nginx does for one request, and notes why each rule was taken or passed over. */
export function explainRequest({ hosts }: RouteTable, asked: AskedRequest): Explanation {
  const path = normalPath(asked.path);
  const name = asked.host.toLowerCase();
  const parent = name.slice(name.indexOf('.') + 1);
  const candidates = [name, `*.${parent}`, ''].flatMap(
    (key) => hosts.find(({ host }) => hostKey(host) === key && (key !== '' || host.kind === 'any')) ?? [],
  );
  const [found, ...lesser] = candidates;
  const considered: ConsideredRule[] = [];
  let chosen: Route | undefined;
  for (const { route, isRest } of found === undefined ? [] : rulesOf(found)) {
    const why = chosen === undefined ? passedOver(route, isRest, path) : `rule ${pathText(chosen.path)} comes first`;
    if (why === undefined) chosen = route;
    considered.push(rule(found, route, isRest, why));
  }
  for (const host of lesser) {
    const why = `host ${JSON.stringify(nameOf(found))} is closer to ${JSON.stringify(name)}, and hosts share no rules`;
    considered.push(...rulesOf(host).map(({ route, isRest }) => rule(host, route, isRest, why)));
  }
  return { path, considered, chosen, outcome: outcomeOf({ found, chosen, asked, name }) };
}

interface Candidate {
  readonly route: Route;
  readonly isRest: boolean;
}

function rulesOf({ routes, fallback }: VirtualHost): readonly Candidate[] {
  const own = routes.map((route) => ({ route, isRest: false }));
  return fallback === undefined ? own : [...own, { route: fallback, isRest: true }];
}

function rule(host: VirtualHost | undefined, route: Route, isRest: boolean, why: string | undefined): ConsideredRule {
  return {
    host: nameOf(host),
    path: isRest ? 'rest' : pathText(route.path),
    ingress: ingressName(route.source),
    isChosen: why === undefined,
    why: why ?? (isRest ? 'no path matches, and this takes the rest' : 'the first that matches'),
  };
}

/** Why a rule does not take a path; undefined where it does. */
function passedOver({ path: match, conditions }: Route, isRest: boolean, path: string): string | undefined {
  const [condition] = conditions;
  // The request that is explained has neither headers nor cookies.
  if (condition !== undefined && matches(match, path)) return `only for requests with ${conditionText(condition)}`;
  if (isRest || matches(match, path)) return undefined;
  const text = JSON.stringify(path);
  if (match.kind === 'exact') return `${text} is not exactly this path`;
  if (match.kind === 'pattern') return `${text} does not match the expression from its start`;
  return path.startsWith(match.path)
    ? `${text} goes on in the middle of an element: prefixes match whole elements`
    : `${text} is not under this path`;
}

function conditionText(condition: Condition): string {
  if (condition.kind === 'method') return `method ${condition.method}`;
  const { kind, name, value } = condition;
  return `${kind} ${name}: ${value.kind === 'exact' ? value.text : `/${value.pattern}/`}`;
}

function matches(match: PathMatch, path: string): boolean {
  if (match.kind === 'exact') return match.path === path;
  if (match.kind === 'prefix') return match.path === '/' || path === match.path || path.startsWith(`${match.path}/`);
  try {
    return new RegExp(`^(?:${match.pattern})`, 'i').test(path);
  } catch {
    // Only nginx's own library reads it; what nginx answers shows whether it matched.
    return false;
  }
}

function outcomeOf(known: {
  readonly found: VirtualHost | undefined;
  readonly chosen: Route | undefined;
  readonly asked: AskedRequest;
  readonly name: string;
}): string {
  const { found, chosen, asked, name } = known;
  if (found === undefined) return `404: no Ingress has a rule for host ${JSON.stringify(name)}`;
  if (chosen === undefined) return `404: no rule of host ${JSON.stringify(nameOf(found))} matches the path`;
  if (chosen.policy.redirectToHttps && !asked.secure) return '308: plain HTTP is redirected to HTTPS';
  if (chosen.action.kind === 'refuse') return '503: what its author asked for the protection of the route is missing';
  if (chosen.action.kind === 'redirect') return `redirect: ${actionText(chosen.action)}`;
  return `forward to ${actionText(chosen.action)}`;
}

/** A path as nginx compares it: decoded, repeated slashes merged, dots resolved. */
function normalPath(text: string): string {
  let path = text;
  try {
    path = decodeURIComponent(text);
  } catch {
    // nginx decodes byte by byte; such a path is compared as it came.
  }
  const parts: string[] = [];
  const segments = path.split('/').slice(1);
  for (const segment of segments) {
    if (segment === '..') parts.pop();
    else if (segment !== '' && segment !== '.') parts.push(segment);
  }
  const isFolder = parts.length > 0 && ['', '.', '..'].includes(segments.at(-1) ?? '');
  return `/${parts.join('/')}${isFolder ? '/' : ''}`;
}

function nameOf(host: VirtualHost | undefined): string {
  return host === undefined ? '' : hostKey(host.host) || '*';
}

function pathText(match: PathMatch): string {
  return `${match.kind} ${match.kind === 'pattern' ? match.pattern : match.path}`;
}

/** `namespace/name` of the Ingress that something comes from. */
export function ingressName({ namespace, name }: Source): string {
  return `${namespace}/${name}`;
}
