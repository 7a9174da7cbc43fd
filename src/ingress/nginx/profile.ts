import { createHash } from 'node:crypto';
import type { BackendProtocol, Cors, Forward, Policy, Route, RouteTable, VirtualHost } from '../model/route-table.ts';
import { memo } from '../memo.ts';
import { defaultPolicy } from '../model/route-table.ts';
import { corsDirectives } from './cors.ts';
import type { Directive } from './directive.ts';
import { block, directive, luaBlock } from './directive.ts';

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
  readonly cors: Cors | undefined;
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
  const { bodyLimit, timeouts, allow, deny, cors } = policy;
  const isOutside = backends.some(({ backend }) => backend.kind === 'external');
  return { protocol, isOutside, bodyLimit, timeouts, allow, deny, cors };
}

/** What routes without settings of their own need: always there, so that they never cost a reload. */
export function usualProfile(): readonly [string, Profile] {
  const { bodyLimit, timeouts, allow, deny, cors } = defaultPolicy;
  const profile: Profile = { protocol: 'HTTP', isOutside: false, bodyLimit, timeouts, allow, deny, cors };
  return [nameOf(profile), profile];
}

function nameOf(profile: Profile): string {
  return `p_${createHash('sha256').update(JSON.stringify(profile)).digest('hex').slice(0, 12)}`;
}

/** A profile's location; its twin ends the client's connection, for workers that are about to end. */
export function renderProfile(name: string, profile: Profile): readonly Directive[] {
  const content = profileDirectives(name, profile);
  return [
    block('location', [`@${name}`], content),
    block('location', [`@${name}_closing`], [directive('keepalive_timeout', 0), ...content]),
  ];
}

function profileDirectives(name: string, profile: Profile): readonly Directive[] {
  return [
    ...(profile.cors === undefined ? [] : [...strictTransport, ...corsDirectives(profile.cors, originVariable(name))]),
    ...access(profile),
    ...limits(profile),
    ...(profile.isOutside
      ? [directive('proxy_ssl_server_name', 'on')]
      : [luaBlock('access_by_lua_block', 'require("cox.balancer").choose()')]),
    pass(profile),
  ];
}

/** The variable that holds the origin to allow to a request. */
export function originVariable(profile: string): string {
  return `$cox_origin_${profile}`;
}

/** Sets the header in place of the backend's own; nothing where the variable is empty. */
export const strictTransport: readonly Directive[] = [
  directive('proxy_hide_header', 'Strict-Transport-Security'),
  directive('add_header', 'Strict-Transport-Security', '$cox_strict_transport', 'always'),
];

function access({ allow, deny }: Profile): readonly Directive[] {
  return [
    ...deny.map((range) => directive('deny', range)),
    ...(allow === undefined ? [] : [...allow.map((range) => directive('allow', range)), directive('deny', 'all')]),
  ];
}

function limits({ protocol, bodyLimit = defaultBodyLimit, timeouts }: Profile): readonly Directive[] {
  const kind = isGrpc(protocol) ? 'grpc' : 'proxy';
  const timeout = (name: string, seconds: number | undefined): readonly Directive[] =>
    seconds === undefined ? [] : [directive(`${kind}_${name}_timeout`, `${seconds}s`)];
  const streams = bodyLimit === 0 || bodyLimit > bufferedBody;
  return [
    directive('client_max_body_size', bodyLimit),
    ...(streams && kind === 'proxy' ? [directive('proxy_request_buffering', 'off')] : []),
    ...timeout('connect', timeouts.connect),
    ...timeout('read', timeouts.read),
    ...timeout('send', timeouts.send),
  ];
}

const schemes = { HTTP: 'http', HTTPS: 'https', AUTO_HTTP: '$scheme', GRPC: 'grpc', GRPCS: 'grpcs' } as const;

function pass({ protocol, isOutside }: Profile): Directive {
  const scheme = schemes[protocol];
  // A variable makes nginx look a name outside up when it is needed, and again when the answer has aged.
  const authority = isOutside ? '$cox_backend' : `cox_${scheme}`;
  return directive(isGrpc(protocol) ? 'grpc_pass' : 'proxy_pass', `${scheme}://${authority}`);
}

function isGrpc(protocol: BackendProtocol): boolean {
  return protocol === 'GRPC' || protocol === 'GRPCS';
}
