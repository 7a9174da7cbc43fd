import type { HTTPIngressPath, Ingress, IngressBackend } from '../../api/networking/ingress.schema.ts';
import type { Action, Backend, HostMatch, PathMatch, Route, ServiceBackend, Source } from '../model/route-table.ts';
import { hostKey } from '../model/route-table.ts';
import type { PathPattern } from '../model/values.ts';
import { isLabel, isLoopback, parseAuthority, parseHostName, parsePath, parsePattern } from '../model/values.ts';
import { isPort } from '../../system/ipv4.ts';
import type { FindSecret } from './annotations/read-auth.ts';
import { AnnotationReader } from './annotations/reader.ts';
import type { IngressSettings } from './annotations/read-settings.ts';
import { readSettings } from './annotations/read-settings.ts';
import { withGlobal } from './global/apply-global.ts';
import type { ReadGlobal } from './global/read-global.ts';
import { noGlobal } from './global/read-global.ts';
import type { PathHandling } from './path-handling.ts';
import { slashRedirect } from './path-handling.ts';
import type { Problem } from './problem.ts';

/** What one Ingress contributes: its rules, each for one host, read and checked. */
export interface IngressRules {
  readonly source: Source;
  readonly settings: IngressSettings;
  readonly rules: readonly HostRule[];
  readonly problems: readonly Problem[];
}

/** The routes of one Ingress for one host; those that answer a whole redirect or refusal have that as their action. */
export interface HostRule {
  readonly host: HostMatch;
  readonly routes: readonly Route[];
  readonly fallback: Route | undefined;
  /** What else the class's way of reading paths answers; for paths that nobody has. */
  readonly slashRedirects: readonly Route[];
  /** Its paths as they are written. */
  readonly texts: readonly string[];
}

/** What must be known of other objects to read an Ingress. */
export interface RuleContext {
  /** How an Ingress's class reads paths; by the specification where it is left out. */
  readonly handling?: (ingress: Ingress) => PathHandling;
  /** The hosts (`hostKey`) on which all paths are expressions. */
  readonly patternHosts?: ReadonlySet<string>;
  /** What the ConfigMap for all Ingresses says; nothing where it is left out. */
  readonly global?: ReadGlobal;
  /** The outside name that a Service stands for; undefined where it is no ExternalName Service. */
  readonly externalName: (namespace: string, service: string) => string | undefined;
  /** Why a pattern cannot be used, where that is known. */
  readonly patternProblem: (pattern: PathPattern) => string | undefined;
  /** A Secret that annotations name, by `namespace/name`. */
  readonly secret: FindSecret;
}

/** Reads an Ingress; what cannot be served is left out and noted in `problems`. */
export function readIngress(ingress: Ingress, context: RuleContext): IngressRules {
  const { apiVersion, kind, metadata, spec } = ingress;
  const { namespace, name, uid } = metadata;
  const source: Source = { apiVersion, kind, namespace, name, uid };
  const reader = new AnnotationReader(metadata.annotations ?? {}, source);
  const problems: Problem[] = [];
  const settings = withGlobal(readSettings(reader, namespace, context.secret), reader, context.global ?? noGlobal);
  const ruleReader = new RuleReader(source, settings, context, problems);
  const fallback = spec.defaultBackend === undefined ? undefined : ruleReader.fallback(spec.defaultBackend);
  const isLoose = context.handling?.(ingress) === 'ingress-nginx';
  const rules = (spec.rules ?? []).flatMap((rule): HostRule[] => {
    const host = ruleReader.host(rule.host ?? '');
    if (host === undefined) return [];
    const paths = rule.http?.paths ?? [];
    const allPatterns = context.patternHosts?.has(hostKey(host)) === true;
    return [
      {
        host,
        routes: ruleReader.routes(paths, allPatterns),
        fallback,
        slashRedirects: isLoose && !allPatterns ? ruleReader.slashRedirects(paths) : [],
        texts: paths.map(({ path = '/' }) => path),
      },
    ];
  });
  if (rules.length === 0 && fallback !== undefined)
    rules.push({ host: { kind: 'any' }, routes: [], fallback, slashRedirects: [], texts: [] });
  return { source, settings, rules, problems: [...reader.problems, ...problems] };
}

const rootPath = parsePath('/');

class RuleReader {
  readonly #source: Source;
  readonly #settings: IngressSettings;
  readonly #context: RuleContext;
  readonly #problems: Problem[];

  constructor(source: Source, settings: IngressSettings, context: RuleContext, problems: Problem[]) {
    this.#source = source;
    this.#settings = settings;
    this.#context = context;
    this.#problems = problems;
  }

  host(text: string): HostMatch | undefined {
    if (text === '') return { kind: 'any' };
    const isWildcard = text.startsWith('*.');
    const name = parseHostName(isWildcard ? text.slice(2) : text);
    if (name === undefined) return this.#refuse(`host ${JSON.stringify(text)} is not a DNS name`);
    return isWildcard ? { kind: 'wildcard', suffix: name } : { kind: 'exact', name };
  }

  /** `allPatterns` says that an expression somewhere makes expressions of all paths of the host. */
  routes(paths: readonly HTTPIngressPath[], allPatterns: boolean): readonly Route[] {
    const routes = paths.flatMap((path): Route[] => {
      const match = this.#path(path, allPatterns);
      const action = match === undefined ? undefined : this.#action(path.backend, match);
      return match === undefined || action === undefined ? [] : [this.#route(match, action)];
    });
    const { appRoot, override } = this.#settings;
    if (appRoot === undefined || override !== undefined || rootPath === undefined) return routes;
    const location = [
      { variable: 'scheme' as const },
      { literal: '://' },
      { variable: 'http_host' as const },
      { literal: encodeURI(appRoot) },
    ];
    const toAppRoot = this.#route({ kind: 'exact', path: rootPath }, { kind: 'redirect', status: 302, location });
    return [toAppRoot, ...routes.filter(({ path }) => !(path.kind === 'exact' && path.path === '/'))];
  }

  slashRedirects(paths: readonly HTTPIngressPath[]): readonly Route[] {
    if (this.#settings.usePatterns || this.#settings.override !== undefined) return [];
    return paths.flatMap(({ path = '/' }): Route[] => {
      const redirect = slashRedirect(path);
      return redirect === undefined ? [] : [this.#route(redirect.path, redirect.action)];
    });
  }

  fallback(backend: IngressBackend): Route | undefined {
    if (rootPath === undefined) return undefined;
    const action = this.#action(backend, undefined);
    return action === undefined ? undefined : this.#route({ kind: 'prefix', path: rootPath }, action);
  }

  #route(path: PathMatch, action: Action): Route {
    return { path, conditions: [], action, policy: this.#settings.policy, source: this.#source };
  }

  #path({ path: text = '/', pathType }: HTTPIngressPath, allPatterns: boolean): PathMatch | undefined {
    const isExact = pathType === 'Exact';
    if (allPatterns || (this.#settings.usePatterns && !isExact)) {
      const pattern = parsePattern(text === '' ? '/' : text);
      if (pattern === undefined) return this.#refuse(`path ${JSON.stringify(text)} is not a usable regular expression`);
      const problem = this.#context.patternProblem(pattern);
      if (problem !== undefined)
        return this.#refuse(`path ${JSON.stringify(text)} is no regular expression: ${problem}`);
      return { kind: 'pattern', pattern };
    }
    const path = parsePath(text === '' ? '/' : text);
    if (path === undefined) return this.#refuse(`path ${JSON.stringify(text)} is not an absolute path in normal form`);
    if (isExact) return { kind: 'exact', path };
    // `/foo/` as a prefix takes `/foo`, too: https://kubernetes.io/docs/concepts/services-networking/ingress/#examples
    const trimmed = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
    return { kind: 'prefix', path: trimmed as typeof path };
  }

  /** `match` is undefined for what no path matches: there is nothing to rewrite then. */
  #action(backend: IngressBackend, match: PathMatch | undefined): Action | undefined {
    const { override, protocol, host, defaultBackend, affinity, balance } = this.#settings;
    const rewrite = match === undefined ? undefined : this.#settings.rewrite;
    if (override !== undefined) return override;
    const target = this.#backend(backend);
    if (target === undefined) return undefined;
    return {
      kind: 'forward',
      backends: [{ backend: target, weight: 1 }],
      fallback: defaultBackend,
      protocol,
      // Groups are those of a pattern; another path has none.
      rewrite: match?.kind === 'pattern' ? rewrite : rewrite?.filter((part) => !('capture' in part)),
      host,
      affinity,
      balance,
    };
  }

  #backend({ service, resource }: IngressBackend): Backend | undefined {
    if (service === undefined) {
      const what = resource === undefined ? 'a backend without Service' : `a ${resource.kind} as backend`;
      return this.#refuse(`${what} cannot be served`);
    }
    const port = service.port?.number ?? service.port?.name;
    if (!isLabel(service.name) || !isLabel(this.#source.namespace) || !isBackendPort(port)) {
      return this.#refuse(`backend ${JSON.stringify(service.name)} is not a port of a Service`);
    }
    const found: ServiceBackend = {
      kind: 'service',
      namespace: this.#source.namespace,
      service: service.name,
      port,
      byAddress: this.#settings.byAddress,
    };
    const outside = this.#context.externalName(found.namespace, found.service);
    return outside === undefined ? found : this.#external(outside, found);
  }

  #external(name: string, { service, port }: ServiceBackend): Backend | undefined {
    const host = parseAuthority(name.endsWith('.') ? name.slice(0, -1) : name);
    if (host === undefined || host.includes(':') || isLoopback(host)) {
      return this.#refuse(`Service ${service} has an external name that cannot be served: ${JSON.stringify(name)}`);
    }
    if (typeof port !== 'number') {
      return this.#refuse(`Service ${service} is of type ExternalName, so its port must be given by number`);
    }
    return { kind: 'external', host, port };
  }

  #refuse(message: string): undefined {
    this.#problems.push({ source: this.#source, reason: 'InvalidRule', message });
    return undefined;
  }
}

function isBackendPort(port: number | string | undefined): boolean {
  return typeof port === 'number' ? isPort(port) : port !== undefined && port.length <= 15 && isLabel(port);
}
