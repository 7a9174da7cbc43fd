import { createHash } from 'node:crypto';
import { memo } from '../memo.ts';
import type {
  BackendProtocol,
  Cors,
  Forward,
  Policy,
  RateLimit,
  Route,
  RouteTable,
  Transfer,
  VirtualHost,
} from '../model/route-table.ts';
import { defaultPolicy } from '../model/route-table.ts';
import type { BackendTls } from '../model/tls.ts';
import type { HeaderName } from '../model/values.ts';
import { corsDirectives } from './cors.ts';
import type { Directive } from './directive.ts';
import { block, directive, luaBlock } from './directive.ts';
import { backendTlsDirectives } from './backend-tls.ts';
import { authDirectives, errorLocation, mirrorDirectives } from './side-locations.ts';
import { rateLimitDirectives } from './rate-limit.ts';
import { transferDirectives } from './transfer.ts';

/**
 * The settings of a route that only nginx's configuration can give. Routes with the same ones share a location, so
 * that most Ingresses come and go without changing the configuration.
 */
export interface Profile {
  readonly protocol: BackendProtocol;
  /** Whether backends are names outside the cluster, in place of Services. */
  readonly isOutside: boolean;
  readonly bodyLimit: number | undefined;
  readonly timeouts: Policy['timeouts'];
  readonly allow: Policy['allow'];
  readonly deny: Policy['deny'];
  /** Whether `allow` is one way in, and authentication another. */
  readonly satisfyAny: boolean;
  readonly cors: Cors | undefined;
  readonly rateLimit: RateLimit | undefined;
  /** Whether sessions of TLS must not be resumed, as what a client has shown is known of whole handshakes only. */
  readonly hasClientTls: boolean;
  readonly backendTls: BackendTls | undefined;
  /** Which copies are made of requests. */
  readonly mirror: 'all' | 'head' | undefined;
  readonly transfer: Transfer;
  /** What of an authentication service's answer goes on; undefined where none is asked. */
  readonly authHeaders: readonly HeaderName[] | undefined;
  readonly interceptErrors: readonly number[];
}

/** Bodies up to this are held in memory until they are complete; larger ones go on as they come, never to a disk. */
export const bufferedBody = 1024 ** 2;
/** Of request bodies, in bytes, as ingress-nginx has it. */
export const defaultBodyLimit = 1024 ** 2;

/** The profiles that a table's routes need, and the usual one, by name. */
export function tableProfiles({ hosts }: RouteTable): ReadonlyMap<string, Profile> {
  const profiles = new Map([usualProfile()]);
  for (const host of hosts) for (const [name, profile] of hostProfiles(host)) profiles.set(name, profile);
  return profiles;
}

const hostProfiles = memo(({ routes, fallback }: VirtualHost): readonly (readonly [string, Profile])[] =>
  (fallback === undefined ? routes : [...routes, fallback]).flatMap((route) => {
    if (route.action.kind !== 'forward') return [];
    const profile = profileOf(route, route.action);
    return [[nameOf(profile), profile] as const];
  }),
);

/** The name of the profile that a route needs. */
export function profileName(route: Pick<Route, 'policy'>, action: Forward): string {
  return nameOf(profileOf(route, action));
}

function profileOf({ policy }: Pick<Route, 'policy'>, { protocol, backends }: Forward): Profile {
  return ofPolicy(
    policy,
    protocol,
    backends.some(({ backend }) => backend.kind === 'external'),
  );
}

/** What routes without settings of their own need: always there, so that they never cost a reload. */
export function usualProfile(): readonly [string, Profile] {
  const profile = ofPolicy(defaultPolicy, 'HTTP', false);
  return [nameOf(profile), profile];
}

function ofPolicy(policy: Policy, protocol: BackendProtocol, isOutside: boolean): Profile {
  const { bodyLimit, timeouts, allow, deny, cors, rateLimit, transfer, externalAuth, interceptErrors } = policy;
  const authHeaders = externalAuth?.responseHeaders;
  const hasAuth = policy.basicAuth !== undefined || externalAuth !== undefined;
  const satisfyAny = policy.satisfyAny && hasAuth && allow !== undefined;
  const limits = { bodyLimit, timeouts, rateLimit, transfer };
  const holdsBody = bodyLimit === undefined || (bodyLimit > 0 && bodyLimit <= bufferedBody);
  const mirror = policy.mirror === undefined ? undefined : policy.mirror.body && holdsBody ? 'all' : 'head';
  // Only what speaks TLS needs it, and only one that has it needs a pool of connections of its own.
  const backendTls = protocol === 'HTTP' || protocol === 'GRPC' ? undefined : policy.backendTls;
  const { hasClientTls } = policy;
  return {
    protocol,
    isOutside,
    ...limits,
    hasClientTls,
    backendTls,
    mirror,
    allow,
    deny,
    satisfyAny,
    cors,
    authHeaders,
    interceptErrors,
  };
}

function nameOf(profile: Profile): string {
  return `p_${createHash('sha256').update(JSON.stringify(profile)).digest('hex').slice(0, 12)}`;
}

/** A profile's location; its twin ends the client's connection, for workers that are about to end. */
export function renderProfile(name: string, profile: Profile, directory: string): readonly Directive[] {
  const content = profileDirectives(name, profile, directory);
  return [
    block('location', [`@${name}`], content),
    block('location', [`@${name}_closing`], [directive('keepalive_timeout', 0), ...content]),
  ];
}

/** What passes requests on with the usual settings, for a location whose Lua code has done the rest. */
export const usualPass: Directive = directive('proxy_pass', 'http://cox_http');

function profileDirectives(name: string, profile: Profile, directory: string): readonly Directive[] {
  const { cors, isOutside, rateLimit, transfer, protocol, backendTls, mirror } = profile;
  const kind = isGrpc(protocol) ? 'grpc' : 'proxy';
  return [
    ...(cors === undefined ? [] : [...answerHeaders, ...corsDirectives(cors, originVariable(name))]),
    ...access(profile),
    ...(rateLimit === undefined ? [] : rateLimitDirectives(name, rateLimit)),
    ...limits(profile),
    ...transferDirectives(transfer, kind),
    ...(profile.authHeaders === undefined ? [] : authDirectives(profile.authHeaders)),
    ...interception(profile, kind),
    ...(backendTls === undefined ? [] : backendTlsDirectives(backendTls, kind, directory)),
    ...(isOutside && backendTls === undefined ? [directive('proxy_ssl_server_name', 'on')] : []),
    ...(mirror === undefined ? [] : mirrorDirectives(mirror)),
    luaBlock('access_by_lua_block', `require("cox.access").run(${isOutside ? 'true' : ''})`),
    pass(name, profile),
  ];
}

function interception({ interceptErrors }: Profile, kind: 'grpc' | 'proxy'): readonly Directive[] {
  if (interceptErrors.length === 0) return [];
  return [
    directive(`${kind}_intercept_errors`, 'on'),
    ...interceptErrors.map((status) => directive('error_page', status, '=', errorLocation(status))),
  ];
}

/** The variable that holds the origin to allow to a request. */
export function originVariable(profile: string): string {
  return `$cox_origin_${profile}`;
}

/** The variable that tells whether a client is in the ranges that may come in without a password. */
export function withinVariable(profile: string): string {
  return `$cox_within_${profile}`;
}

/** Headers that nginx has a say in; nothing where a variable is empty. */
export const answerHeaders: readonly Directive[] = [
  directive('add_header', 'Set-Cookie', '$cox_cookie', 'always'),
  directive('proxy_hide_header', 'Strict-Transport-Security'),
  directive('add_header', 'Strict-Transport-Security', '$cox_strict_transport', 'always'),
];

function access({ allow, deny, satisfyAny }: Profile): readonly Directive[] {
  return [
    ...deny.map((range) => directive('deny', range)),
    ...(allow === undefined || satisfyAny
      ? []
      : [...allow.map((range) => directive('allow', range)), directive('deny', 'all')]),
  ];
}

function limits({ protocol, bodyLimit = defaultBodyLimit, timeouts, transfer }: Profile): readonly Directive[] {
  const kind = isGrpc(protocol) ? 'grpc' : 'proxy';
  const timeout = (name: string, seconds: number | undefined): readonly Directive[] =>
    seconds === undefined ? [] : [directive(`${kind}_${name}_timeout`, `${seconds}s`)];
  const streams = bodyLimit === 0 || bodyLimit > bufferedBody || !transfer.requestBuffering;
  return [
    directive('client_max_body_size', bodyLimit),
    ...(streams && kind === 'proxy' ? [directive('proxy_request_buffering', 'off')] : []),
    ...timeout('connect', timeouts.connect),
    ...timeout('read', timeouts.read),
    ...timeout('send', timeouts.send),
  ];
}

const schemes = { HTTP: 'http', HTTPS: 'https', AUTO_HTTP: '$scheme', GRPC: 'grpc', GRPCS: 'grpcs' } as const;

function pass(name: string, { protocol, isOutside, backendTls }: Profile): Directive {
  const scheme = schemes[protocol];
  const pool = backendTls === undefined ? '' : `${name}_`;
  // A variable makes nginx look a name outside up when it is needed, and again when the answer has aged.
  const authority = isOutside ? '$cox_backend' : `cox_${pool}${scheme}`;
  return directive(isGrpc(protocol) ? 'grpc_pass' : 'proxy_pass', `${scheme}://${authority}`);
}

/** The pools of connections of a profile, one for each scheme: what one profile has proved is nothing to another. */
export function profilePools(name: string, { backendTls, isOutside, protocol }: Profile): readonly string[] {
  if (backendTls === undefined || isOutside) return [];
  const own = protocol === 'AUTO_HTTP' ? ['http', 'https'] : [schemes[protocol]];
  return own.map((scheme) => `cox_${name}_${scheme}`);
}

function isGrpc(protocol: BackendProtocol): boolean {
  return protocol === 'GRPC' || protocol === 'GRPCS';
}
