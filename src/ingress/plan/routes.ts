import { isDeepStrictEqual } from 'node:util';
import type { Ingress, IngressTLS } from '../../api/networking/ingress.schema.ts';
import type {
  HostMatch,
  PathMatch,
  Policy,
  Route,
  RouteTable,
  Source,
  Tls,
  VirtualHost,
} from '../model/route-table.ts';
import { defaultPolicy, hostKey, pathKey } from '../model/route-table.ts';
import { parseHostName, parsePath } from '../model/values.ts';
import type { ClientTls } from '../model/tls.ts';
import { prefix } from './annotations/reader.ts';
import { annotatedSecrets } from './annotations/read-auth.ts';
import type { IngressSettings } from './annotations/read-settings.ts';
import type { CanaryShare } from './canaries.ts';
import { shareRoute } from './canaries.ts';
import type { Certificate } from './certificates.ts';
import type { IngressRules, RuleContext } from './ingress-rules.ts';
import { readIngresses, slashRedirects } from './read-ingresses.ts';
import { compareRoutes } from './precedence.ts';
import type { Problem } from './problem.ts';

export interface RouteContext extends RuleContext {
  /** A Secret's key pair by `namespace/name`, or what is wrong with it, as the end of a sentence that names it. */
  readonly certificate: (key: string) => Certificate | { readonly problem: string };
}

export interface RoutePlan {
  readonly table: RouteTable;
  readonly problems: readonly Problem[];
}

/** The Secrets that Ingresses name for TLS and for users, as `namespace/name`. */
export function referencedSecrets(ingresses: readonly Ingress[]): ReadonlySet<string> {
  return new Set(
    ingresses.flatMap((ingress) => [
      ...tlsSecrets(ingress),
      ...annotatedSecrets(ingress.metadata.annotations ?? {}, ingress.metadata.namespace),
    ]),
  );
}

function tlsSecrets(ingress: Ingress): readonly string[] {
  return (ingress.spec.tls ?? []).flatMap((tls) => secretKey(ingress, tls) ?? []);
}

/**
 * Merges Ingresses into one table. Where two of them want the same host and path, the older one has it, by name where
 * they are of the same second; the other is told so.
 */
export function planRoutes(ingresses: readonly Ingress[], context: RouteContext): RoutePlan {
  const hosts = new Map<string, HostDraft>();
  const problems: Problem[] = [];
  const all = readIngresses(ingresses.toSorted(byAge), context);
  const served = all.filter(({ read }) => read.settings.canary === undefined);
  for (const { ingress, read } of all) {
    problems.push(...read.problems);
    if (read.settings.canary === undefined) addIngress(hosts, ingress, read, { context, problems });
  }
  for (const [key, routes] of slashRedirects(served)) {
    for (const route of routes) {
      const drafts = hosts.get(key)?.routes;
      const path = pathKey(route.path);
      if (drafts?.has(path) === false) drafts.set(path, { route, https: 'with-tls' });
    }
  }
  for (const { read } of all) addCanary(hosts, read, problems);
  for (const { read } of served) addNames(hosts, read, problems);
  const sorted = [...hosts.values()].toSorted((a, b) => (hostKey(a.host) < hostKey(b.host) ? -1 : 1));
  return { table: { hosts: sorted.map(finish) }, problems };
}

interface RouteDraft {
  readonly route: Route;
  readonly https: IngressSettings['https'];
  share?: CanaryShare;
}

interface HostDraft {
  readonly host: HostMatch;
  tls: Tls | undefined;
  clientTls: ClientTls | undefined;
  readonly routes: Map<string, RouteDraft>;
  fallback: RouteDraft | undefined;
}

function addIngress(
  hosts: Map<string, HostDraft>,
  ingress: Ingress,
  { source, settings, rules }: IngressRules,
  { context, problems }: { readonly context: RouteContext; readonly problems: Problem[] },
): void {
  const certificates = new TlsReader(ingress, source, context, problems);
  for (const rule of rules) {
    const key = hostKey(rule.host);
    const tls = certificates.find(rule.host);
    const draft: HostDraft = hosts.get(key) ?? {
      host: rule.host,
      tls: undefined,
      clientTls: undefined,
      routes: new Map(),
      fallback: undefined,
    };
    hosts.set(key, draft);
    // A certificate of one Ingress serves the host for all of them.
    if (draft.tls?.certificate === undefined) draft.tls = tls ?? draft.tls;
    const isRival =
      settings.clientTls !== undefined &&
      draft.clientTls !== undefined &&
      !isDeepStrictEqual(settings.clientTls, draft.clientTls);
    // What clients must show, they must show to all of a host: it is asked before the path is known.
    draft.clientTls ??= settings.clientTls;
    if (isRival) problems.push(rivalClientTls(source, rule.host));
    const close = (route: Route): Route => (isRival ? { ...route, action: { kind: 'refuse' } } : route);
    for (const route of rule.routes.map(close)) {
      const path = pathKey(route.path);
      const owner = draft.routes.get(path)?.route.source;
      if (owner === undefined) draft.routes.set(path, { route, https: settings.https });
      else problems.push(conflict(source, owner, rule.host, route));
    }
    draft.fallback ??= rule.fallback === undefined ? undefined : { route: close(rule.fallback), https: settings.https };
  }
}

/** Gives a canary its part of the routes that it shares a host and a path with. */
function addCanary(
  hosts: Map<string, HostDraft>,
  { source, settings, rules }: IngressRules,
  problems: Problem[],
): void {
  const { canary } = settings;
  if (canary === undefined) return;
  for (const { host, routes } of rules) {
    const drafts = [...(hosts.get(hostKey(host))?.routes.values() ?? [])];
    for (const route of routes) {
      const where = `path ${pathText(route.path)} of ${hostText(host)}`;
      // The main Ingress says what kind of path it is; a canary's own settings do not count.
      const draft = drafts.find((one) => pathText(one.route.path) === pathText(route.path));
      let message: string | undefined;
      if (draft === undefined) message = `canary ${where} is ignored: no other Ingress has it`;
      else if (draft.share !== undefined) {
        const { namespace, name } = draft.share.route.source;
        message = `canary ${where} is ignored: ${namespace}/${name} is its canary already`;
      } else if (restricts(route.policy) && !restrictsAlike(route.policy, draft.route.policy)) {
        message = `canary ${where} is ignored: its restrictions (source ranges, authentication, limits) are not those of the Ingress that it is a canary of; give both the same`;
      } else draft.share = { canary, route };
      if (message !== undefined) problems.push({ source, reason: 'PathConflict', message });
    }
  }
}

const restrictions = ['allow', 'deny', 'satisfyAny', 'basicAuth', 'externalAuth', 'rateLimit'] as const;

function restrictsAlike(one: Policy, other: Policy): boolean {
  return restrictions.every((name) => isDeepStrictEqual(one[name], other[name]));
}

function restricts(policy: Policy): boolean {
  return !restrictsAlike(policy, defaultPolicy);
}

/** Adds the aliases of an Ingress's first host, and the redirects between a name and `www.` before it. */
function addNames(hosts: Map<string, HostDraft>, { source, settings, rules }: IngressRules, problems: Problem[]): void {
  const named = rules.flatMap(({ host }) => (host.kind === 'exact' ? [host.name] : []));
  const first = named[0] === undefined ? undefined : hosts.get(named[0]);
  for (const alias of first === undefined ? [] : settings.aliases) {
    const known = hosts.get(alias);
    if (known === undefined && first !== undefined)
      hosts.set(alias, { ...first, host: { kind: 'exact', name: alias } });
    else if (known !== first) {
      const message = `server-alias ${JSON.stringify(alias)} is ignored: the host is defined already`;
      problems.push({ source, reason: 'PathConflict', message });
    }
  }
  if (!settings.redirectsWww) return;
  for (const name of named) {
    const other = parseHostName(name.startsWith('www.') ? name.slice(4) : `www.${name}`);
    const root = parsePath('/');
    if (other === undefined || root === undefined || hosts.has(other)) continue;
    const location = [{ variable: 'scheme' as const }, { literal: `://${name}` }, { variable: 'request_uri' as const }];
    const fallback: Route = {
      path: { kind: 'prefix', path: root },
      conditions: [],
      action: { kind: 'redirect', status: 308, location },
      policy: defaultPolicy,
      source,
    };
    const tls = hosts.get(name)?.tls;
    const host = { kind: 'exact' as const, name: other };
    hosts.set(other, {
      host,
      tls,
      clientTls: undefined,
      routes: new Map(),
      fallback: { route: fallback, https: 'never' },
    });
  }
}

function finish({ host, tls, clientTls, routes, fallback }: HostDraft): VirtualHost {
  const settle = ({ route, https }: RouteDraft): Route => {
    const redirectToHttps = https === 'always' || (https === 'with-tls' && tls !== undefined);
    return { ...route, policy: { ...route.policy, redirectToHttps, hasClientTls: clientTls !== undefined } };
  };
  return {
    host,
    tls,
    clientTls,
    routes: [...routes.values()]
      .toSorted((a, b) => compareRoutes(a.route, b.route))
      .flatMap((draft) => shareRoute(settle(draft), draft.share)),
    fallback: fallback === undefined ? undefined : settle(fallback),
  };
}

function rivalClientTls(source: Source, host: HostMatch): Problem {
  const message =
    `annotation ${prefix}auth-tls-secret: another Ingress of ${hostText(host)} asks for other certificates; ` +
    'its paths answer 503, as they would be unprotected without it; give all Ingresses of the host the same auth-tls annotations';
  return { source, reason: 'InvalidAnnotation', message };
}

function conflict(source: Source, owner: Source, host: HostMatch, { path }: Route): Problem {
  const first = owner.uid === source.uid ? 'this Ingress' : `the older Ingress ${owner.namespace}/${owner.name}`;
  return {
    source,
    reason: 'PathConflict',
    message: `path ${pathText(path)} of ${hostText(host)} is ignored: it is already defined in ${first}`,
  };
}

function pathText(path: PathMatch): string {
  return JSON.stringify(path.kind === 'pattern' ? path.pattern : path.path);
}

function hostText(host: HostMatch): string {
  return host.kind === 'any' ? 'all hosts' : `host ${JSON.stringify(hostKey(host))}`;
}

function byAge({ metadata: a }: Ingress, { metadata: b }: Ingress): number {
  if (a.creationTimestamp !== b.creationTimestamp) return a.creationTimestamp < b.creationTimestamp ? -1 : 1;
  const [left, right] = [`${a.namespace}/${a.name}`, `${b.namespace}/${b.name}`];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The Secret that an entry names, as `namespace/name`; undefined for a name that no Secret can have. */
export function secretKey({ metadata }: Ingress, { secretName = '' }: IngressTLS): string | undefined {
  // A Secret's name has the form of a host's; no other can exist.
  return parseHostName(secretName) === secretName ? `${metadata.namespace}/${secretName}` : undefined;
}

/** Finds one Ingress's certificates for its hosts, complaining once about each Secret that is not usable. */
class TlsReader {
  readonly #ingress: Ingress;
  readonly #certificates = new Map<string, Certificate>();

  constructor(ingress: Ingress, source: Source, context: RouteContext, problems: Problem[]) {
    this.#ingress = ingress;
    for (const key of new Set(tlsSecrets(ingress))) {
      const found = context.certificate(key);
      if ('pem' in found) this.#certificates.set(key, found);
      else {
        const message = `Secret ${key} ${found.problem}; its hosts show the default certificate`;
        problems.push({ source, reason: 'InvalidCertificate', message });
      }
    }
  }

  /** The entry that names the host, else one whose star stands for its first label, else one whose certificate fits. */
  find(host: HostMatch): Tls | undefined {
    const name = hostKey(host);
    const entries = this.#ingress.spec.tls ?? [];
    const parent = host.kind === 'exact' ? `*.${name.slice(name.indexOf('.') + 1)}` : undefined;
    const names = (entry: IngressTLS): readonly string[] => (entry.hosts ?? []).map((text) => text.toLowerCase());
    const named =
      entries.find((entry) => names(entry).includes(name)) ??
      entries.find((entry) => parent !== undefined && names(entry).includes(parent));
    if (named !== undefined) return this.#tls(named);
    const example = name.replace('*', 'x');
    const covering = entries.find((entry) => this.#certificate(entry)?.covers(example) === true);
    if (covering !== undefined) return this.#tls(covering);
    // Without hosts, an entry stands for whatever host the Ingress has.
    const general = entries.find((entry) => names(entry).length === 0);
    return general === undefined ? undefined : this.#tls(general);
  }

  #certificate(entry: IngressTLS): Certificate | undefined {
    return this.#certificates.get(secretKey(this.#ingress, entry) ?? '');
  }

  #tls(entry: IngressTLS): Tls {
    const key = secretKey(this.#ingress, entry);
    return { certificate: key !== undefined && this.#certificates.has(key) ? key : undefined };
  }
}
