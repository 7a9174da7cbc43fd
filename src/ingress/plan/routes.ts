import type { Ingress, IngressTLS } from '../../api/networking/ingress.schema.ts';
import type { HostMatch, Route, RouteTable, Source, Tls, VirtualHost } from '../model/route-table.ts';
import { hostKey, pathKey } from '../model/route-table.ts';
import { parseHostName } from '../model/values.ts';
import type { IngressSettings } from './annotations/read-settings.ts';
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

/** The Secrets that Ingresses name for TLS, as `namespace/name`. */
export function referencedSecrets(ingresses: readonly Ingress[]): ReadonlySet<string> {
  return new Set(
    ingresses.flatMap((ingress) => (ingress.spec.tls ?? []).flatMap((tls) => secretKey(ingress, tls) ?? [])),
  );
}

/**
 * Merges Ingresses into one table. Where two of them want the same host and path, the older one has it, by name where
 * they are of the same second; the other is told so.
 */
export function planRoutes(ingresses: readonly Ingress[], context: RouteContext): RoutePlan {
  const hosts = new Map<string, HostDraft>();
  const problems: Problem[] = [];
  const all = readIngresses(ingresses.toSorted(byAge), context);
  for (const { ingress, read } of all) {
    problems.push(...read.problems);
    addIngress(hosts, ingress, read, { context, problems });
  }
  for (const [key, routes] of slashRedirects(all)) {
    for (const route of routes) {
      const drafts = hosts.get(key)?.routes;
      const path = pathKey(route.path);
      if (drafts?.has(path) === false) drafts.set(path, { route, https: 'with-tls' });
    }
  }
  const sorted = [...hosts.values()].toSorted((a, b) => (hostKey(a.host) < hostKey(b.host) ? -1 : 1));
  return { table: { hosts: sorted.map(finish) }, problems };
}

interface RouteDraft {
  readonly route: Route;
  readonly https: IngressSettings['https'];
}

interface HostDraft {
  readonly host: HostMatch;
  tls: Tls | undefined;
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
      routes: new Map(),
      fallback: undefined,
    };
    hosts.set(key, draft);
    // A certificate of one Ingress serves the host for all of them.
    if (draft.tls?.certificate === undefined) draft.tls = tls ?? draft.tls;
    for (const route of rule.routes) {
      const path = pathKey(route.path);
      const owner = draft.routes.get(path)?.route.source;
      if (owner === undefined) draft.routes.set(path, { route, https: settings.https });
      else problems.push(conflict(source, owner, rule.host, route));
    }
    draft.fallback ??= rule.fallback === undefined ? undefined : { route: rule.fallback, https: settings.https };
  }
}

function finish({ host, tls, routes, fallback }: HostDraft): VirtualHost {
  const settle = ({ route, https }: RouteDraft): Route => {
    const redirectToHttps = https === 'always' || (https === 'with-tls' && tls !== undefined);
    return { ...route, policy: { ...route.policy, redirectToHttps } };
  };
  return {
    host,
    tls,
    routes: [...routes.values()].map(settle).toSorted(compareRoutes),
    fallback: fallback === undefined ? undefined : settle(fallback),
  };
}

function conflict(source: Source, owner: Source, host: HostMatch, { path }: Route): Problem {
  const what = JSON.stringify(path.kind === 'pattern' ? path.pattern : path.path);
  const where = host.kind === 'any' ? 'all hosts' : `host ${JSON.stringify(hostKey(host))}`;
  const first = owner.uid === source.uid ? 'this Ingress' : `the older Ingress ${owner.namespace}/${owner.name}`;
  return {
    source,
    reason: 'PathConflict',
    message: `path ${what} of ${where} is ignored: it is already defined in ${first}`,
  };
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
    for (const key of referencedSecrets([ingress])) {
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
