import type { BackendTls, ClientTls } from './tls.ts';
import type { Affinity, BalanceOptions } from './balance.ts';
import type { Condition } from './condition.ts';
import type { Authority, Cidr, HeaderName, HostName, LiteralPath, PathPattern, Template } from './values.ts';

/**
 * What a proxy serves, as a plain value that knows neither Ingress objects nor nginx: `plan/` makes it, `nginx/`
 * renders it. It holds no text that was not parsed as what it is.
 */
export interface RouteTable {
  /** No two have the same `host`. */
  readonly hosts: readonly VirtualHost[];
}

export type HostMatch =
  /** Requests for a host that no other entry names. */
  | { readonly kind: 'any' }
  | { readonly kind: 'exact'; readonly name: HostName }
  /** `*.suffix`, where the star stands for exactly one label. */
  | { readonly kind: 'wildcard'; readonly suffix: HostName };

export interface VirtualHost {
  readonly host: HostMatch;
  /** Which certificate proves the host; undefined where nobody asked for TLS (the default one is shown then, too). */
  readonly tls: Tls | undefined;
  /** What clients must show; undefined for nothing. */
  readonly clientTls: ClientTls | undefined;
  /** In order of precedence: the first that matches takes the request. No two have the same path and conditions. */
  readonly routes: readonly Route[];
  /** Takes what no route matches; such requests get a 404 where there is none. */
  readonly fallback: Route | undefined;
}

export interface Tls {
  /** A key of the certificates that were handed to the plan; undefined for the default certificate. */
  readonly certificate: string | undefined;
}

/** The object that asked for something: where complaints go. */
export interface Source {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export interface Route {
  readonly path: PathMatch;
  /** What else a request must be like: all of these. */
  readonly conditions: readonly Condition[];
  readonly action: Action;
  readonly policy: Policy;
  readonly source: Source;
}

export type PathMatch =
  | { readonly kind: 'exact'; readonly path: LiteralPath }
  /** By whole elements; ends in `/` only where it is `/`. */
  | { readonly kind: 'prefix'; readonly path: LiteralPath }
  /** A prefix of the path matches, and case does not matter. */
  | { readonly kind: 'pattern'; readonly pattern: PathPattern };

export type Action =
  | Forward
  | { readonly kind: 'redirect'; readonly status: RedirectStatus; readonly location: Template }
  /** Answers 503: what the author wanted for the protection of the route cannot be done. */
  | { readonly kind: 'refuse' };

export const redirectStatuses = [301, 302, 303, 307, 308] as const;
export type RedirectStatus = (typeof redirectStatuses)[number];

export interface Forward {
  readonly kind: 'forward';
  /** At least one; a request goes to one of them, chosen by weight. */
  readonly backends: readonly WeightedBackend[];
  /** Takes the request where the chosen one has no endpoints. */
  readonly fallback: Backend | undefined;
  readonly protocol: BackendProtocol;
  /** The path to ask for, in place of the one that came; captures are those of the route's pattern. */
  readonly rewrite: Template | undefined;
  /** The `Host` header to send, in place of the one that came. */
  readonly host: Authority | undefined;
  readonly affinity: Affinity | undefined;
  readonly balance: BalanceOptions;
}

export interface WeightedBackend {
  readonly backend: Backend;
  /** From 1 to 1,000,000. */
  readonly weight: number;
}

export const backendProtocols = ['HTTP', 'HTTPS', 'GRPC', 'GRPCS', 'AUTO_HTTP'] as const;
/** `AUTO_HTTP`: as the client came. */
export type BackendProtocol = (typeof backendProtocols)[number];

export type Backend =
  | ServiceBackend
  /** A name outside the cluster, looked up by the proxy. */
  | { readonly kind: 'external'; readonly host: Authority; readonly port: number };

/** A port of a Service, by its number or its name; undefined for the first. */
export interface ServiceBackend {
  readonly kind: 'service';
  readonly namespace: string;
  readonly service: string;
  readonly port: number | string | undefined;
  /** Whether requests go to the Service's own address, and not to its endpoints. */
  readonly byAddress: boolean;
}

/** How requests are treated on their way, whatever the action. */
export interface Policy {
  /** Plain HTTP is sent to HTTPS with 308. */
  readonly redirectToHttps: boolean;
  /** Largest request body in bytes; 0 for no limit, undefined for the proxy's default of 1 MiB. */
  readonly bodyLimit: number | undefined;
  /** In seconds. */
  readonly timeouts: {
    readonly connect: number | undefined;
    readonly read: number | undefined;
    readonly send: number | undefined;
  };
  /** Others get 403; undefined lets everybody in. */
  readonly allow: readonly Cidr[] | undefined;
  /** These get 403. */
  readonly deny: readonly Cidr[];
  readonly cors: Cors | undefined;
  /** Whether clients of the allowed ranges need not prove who they are, and the others may do so. */
  readonly satisfyAny: boolean;
  readonly basicAuth: BasicAuth | undefined;
  readonly externalAuth: ExternalAuth | undefined;
  readonly rateLimit: RateLimit | undefined;
  /** Whether clients of the host must show a certificate. */
  readonly hasClientTls: boolean;
  readonly backendTls: BackendTls | undefined;
  readonly mirror: Mirror | undefined;
  readonly transfer: Transfer;
  /** Answers of the backend with these statuses are replaced by what the route's fallback says. */
  readonly interceptErrors: readonly number[];
  readonly requestHeaders: HeaderChanges;
  readonly responseHeaders: HeaderChanges;
}

/** Takes requests that prove to be from one of the users; others get 401. */
export interface BasicAuth {
  /** The Secret and its layout: names the list. */
  readonly key: string;
  readonly users: Users;
  readonly realm: string;
}

/** Users and what their passwords hash to, in one of htpasswd's formats. */
export type Users = readonly (readonly [user: string, hash: string])[];

/** Asks somebody else first: 2xx lets the request through, 401 and 403 are the answer, anything else gives 500. */
export interface ExternalAuth {
  readonly url: Template;
  /** Undefined for GET. */
  readonly method: string | undefined;
  /** What of the answer is passed on to the backend. */
  readonly responseHeaders: readonly HeaderName[];
  /** Where those who got 401 are sent with 302. */
  readonly signIn: Template | undefined;
  /** The parameter that tells the sign-in where the client wanted to go. */
  readonly wayBack: string;
  /** Whether cookies of the answer go to the client with errors, too. */
  readonly alwaysSetCookie: boolean;
}

/** For each client address; who asks more gets 503. */
export interface RateLimit {
  readonly perSecond: number | undefined;
  readonly perMinute: number | undefined;
  readonly connections: number | undefined;
  /** How many times the rate may come at once. */
  readonly burst: number;
  /** Whom it does not concern. */
  readonly exempt: readonly Cidr[];
}

/** Somebody else gets a copy of each request. */
export interface Mirror {
  readonly target: Template;
  /** The `Host` header to send; undefined for the target's own. */
  readonly host: Authority | undefined;
  /** Whether bodies are copied, where they are small enough to be held. */
  readonly body: boolean;
}

/** How bodies go through. */
export interface Transfer {
  /** Whether answers are collected, in memory. */
  readonly buffering: boolean;
  /** Whether a request's body is complete before the backend sees the request. */
  readonly requestBuffering: boolean;
  /** Bytes; undefined for the proxy's default. */
  readonly bufferSize: number | undefined;
  readonly bufferCount: number | undefined;
  /** Of answers, in bytes a second, for each connection. */
  readonly rate: number | undefined;
  /** So many bytes go out before `rate` counts. */
  readonly rateAfter: number | undefined;
  readonly httpVersion: '1.0' | '1.1';
  /** When another endpoint is asked; undefined for the proxy's default. */
  readonly nextUpstream: readonly NextUpstream[] | undefined;
  readonly nextUpstreamTries: number | undefined;
  /** Seconds. */
  readonly nextUpstreamTimeout: number | undefined;
}

export const nextUpstreams = [
  'error',
  'timeout',
  'invalid_header',
  'http_500',
  'http_502',
  'http_503',
  'http_504',
  'http_403',
  'http_404',
  'http_429',
  'non_idempotent',
  'off',
] as const;
export type NextUpstream = (typeof nextUpstreams)[number];

/** In this order: what is removed, what takes the place of others of its name, what is added to them. */
export interface HeaderChanges {
  readonly remove: readonly HeaderName[];
  readonly set: readonly Header[];
  readonly add: readonly Header[];
}

export interface Header {
  readonly name: HeaderName;
  /** Without line breaks. */
  readonly value: string;
}

export interface Cors {
  readonly origins: 'any' | readonly Origin[];
  readonly methods: readonly string[];
  readonly headers: readonly HeaderName[];
  readonly exposeHeaders: readonly HeaderName[];
  readonly credentials: boolean;
  /** Seconds. */
  readonly maxAge: number;
}

export interface Origin {
  readonly scheme: string;
  /** Where `anyLabel`, one more label stands before it. */
  readonly host: HostName;
  readonly anyLabel: boolean;
  readonly port: number | undefined;
}

const noHeaderChanges: HeaderChanges = { remove: [], set: [], add: [] };

/** What every route has unless its author says otherwise. */
export const defaultPolicy: Policy = {
  redirectToHttps: false,
  bodyLimit: undefined,
  timeouts: { connect: undefined, read: undefined, send: undefined },
  allow: undefined,
  deny: [],
  cors: undefined,
  satisfyAny: false,
  basicAuth: undefined,
  externalAuth: undefined,
  rateLimit: undefined,
  hasClientTls: false,
  backendTls: undefined,
  mirror: undefined,
  transfer: {
    buffering: false,
    requestBuffering: true,
    bufferSize: undefined,
    bufferCount: undefined,
    rate: undefined,
    rateAfter: undefined,
    httpVersion: '1.1',
    nextUpstream: undefined,
    nextUpstreamTries: undefined,
    nextUpstreamTimeout: undefined,
  },
  interceptErrors: [],
  requestHeaders: noHeaderChanges,
  responseHeaders: noHeaderChanges,
};

/** A Service port's name in the proxy: `namespace/service/port`. All parts were checked. */
export function backendId({ namespace, service, port, byAddress }: ServiceBackend): string {
  return `${namespace}/${service}/${port ?? ''}${byAddress ? '/address' : ''}`;
}

/** A text that is the same for two matches that take the same requests. */
export function hostKey(host: HostMatch): string {
  if (host.kind === 'any') return '';
  return host.kind === 'exact' ? host.name : `*.${host.suffix}`;
}

/** As `hostKey`, for paths. */
export function pathKey(path: PathMatch): string {
  return `${path.kind} ${path.kind === 'pattern' ? path.pattern : path.path}`;
}
