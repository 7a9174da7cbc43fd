import type { Action, Backend, Cors, Forward, Policy, Route } from '../model/route-table.ts';
import { backendId } from '../model/route-table.ts';
import type { Template } from '../model/values.ts';
import { corsDirectives } from './cors.ts';
import type { OriginLists } from './cors.ts';
import type { Directive } from './directive.ts';
import { block, directive, luaBlock } from './directive.ts';
import { requestHeaders } from './headers.ts';
import type { Location } from './locations.ts';
import { patternExpression } from './locations.ts';

export interface RouteRendering {
  readonly httpsPort: number;
  /** The Lua module's name. */
  readonly balancer: string;
  readonly origins: OriginLists;
  /** What a host with TLS adds to its answers; repeated in each location, as nginx inherits such headers only whole. */
  readonly strictTransport: boolean;
}

/** Bodies up to this are held in memory until they are complete; larger ones go on as they come, never to a disk. */
export const bufferedBody = 1024 ** 2;

/** The text that takes the place of a missing route, as the usual default backend says it. */
export const notFound = directive('return', 404, 'default backend - 404');

/** One `location` with all that happens in it. */
export function renderLocation({ modifier, text, route }: Location, rendering: RouteRendering): Directive {
  const args = modifier === '' ? [text] : [modifier, text];
  const content = route === undefined ? [notFound] : renderRoute(route, rendering);
  return { name: 'location', args, block: content, source: route?.source };
}

function renderRoute({ action, policy, path }: Route, rendering: RouteRendering): readonly Directive[] {
  // In the order in which nginx carries them out: what answers by itself comes before what goes on.
  return [
    ...(policy.redirectToHttps ? [redirectToHttps(rendering.httpsPort)] : []),
    ...responseHeaders(policy.cors, rendering),
    ...access(policy),
    ...limits(policy, action),
    ...renderAction(action, path.kind === 'pattern' ? path.pattern : undefined, rendering),
  ];
}

function redirectToHttps(port: number): Directive {
  const authority = port === 443 ? '$host' : `$host:${port}`;
  return block('if', ['($scheme', '=', 'http)'], [directive('return', 308, `https://${authority}$request_uri`)]);
}

/** Sets the header in place of the backend's own; nothing over plain HTTP, where the variable is empty. */
export const strictTransportHeaders: readonly Directive[] = [
  directive('proxy_hide_header', 'Strict-Transport-Security'),
  directive('add_header', 'Strict-Transport-Security', '$cox_strict_transport', 'always'),
];

function responseHeaders(cors: Cors | undefined, { strictTransport, origins }: RouteRendering): readonly Directive[] {
  if (cors === undefined) return [];
  return [...(strictTransport ? strictTransportHeaders : []), ...corsDirectives(cors, origins)];
}

function access({ allow, deny }: Policy): readonly Directive[] {
  return [
    ...deny.map((range) => directive('deny', range)),
    ...(allow === undefined ? [] : [...allow.map((range) => directive('allow', range)), directive('deny', 'all')]),
  ];
}

function limits({ bodyLimit, timeouts }: Policy, action: Action): readonly Directive[] {
  if (action.kind !== 'forward') return [];
  const kind = isGrpc(action) ? 'grpc' : 'proxy';
  const timeout = (name: string, seconds: number | undefined): readonly Directive[] =>
    seconds === undefined ? [] : [directive(`${kind}_${name}_timeout`, `${seconds}s`)];
  const streams = bodyLimit !== undefined && (bodyLimit === 0 || bodyLimit > bufferedBody);
  return [
    ...(bodyLimit === undefined ? [] : [directive('client_max_body_size', bodyLimit)]),
    ...(streams && kind === 'proxy' ? [directive('proxy_request_buffering', 'off')] : []),
    ...timeout('connect', timeouts.connect),
    ...timeout('read', timeouts.read),
    ...timeout('send', timeouts.send),
  ];
}

function renderAction(action: Action, pattern: string | undefined, rendering: RouteRendering): readonly Directive[] {
  if (action.kind === 'refuse') return [directive('return', 503)];
  if (action.kind === 'redirect') return [directive('return', action.status, templateText(action.location))];
  return forward(action, pattern, rendering);
}

function forward(action: Forward, pattern: string | undefined, { balancer }: RouteRendering): readonly Directive[] {
  const [first] = action.backends;
  const outside = first?.backend.kind === 'external' ? first.backend : undefined;
  const target = outside === undefined ? chosen(action, balancer) : external(outside);
  const { rewrite } = action;
  return [
    ...target,
    // `break` ends this phase, so it comes after every `set`.
    ...(rewrite === undefined
      ? []
      : [directive('rewrite', rewriteExpression(pattern), templateText(rewrite), 'break')]),
    ...(action.host === undefined ? [] : requestHeaders(isGrpc(action) ? 'grpc' : 'proxy', action.host)),
    pass(action, outside),
  ];
}

/** As the location's own, so that the groups are the same. */
function rewriteExpression(pattern: string | undefined): string {
  return pattern === undefined ? '^' : `(?i)${patternExpression(pattern)}`;
}

function chosen({ backends, fallback }: Forward, balancer: string): readonly Directive[] {
  const weighted = backends.flatMap(({ backend, weight }) =>
    backend.kind === 'service' ? [{ id: backendId(backend), weight }] : [],
  );
  const [first] = weighted;
  const text =
    weighted.length === 1 && first !== undefined
      ? first.id
      : weighted.map(({ id, weight }) => `${id}=${weight}`).join(' ');
  return [
    directive('set', '$cox_backend', text),
    ...(fallback?.kind === 'service' ? [directive('set', '$cox_fallback', backendId(fallback))] : []),
    luaBlock('access_by_lua_block', `require("${balancer}").choose()`),
  ];
}

type External = Extract<Backend, { readonly kind: 'external' }>;

function external({ host, port }: External): readonly Directive[] {
  // A variable makes nginx look the name up when it is needed, and again when the answer has aged.
  return [
    directive('set', '$cox_backend', `${host}:${port}`),
    directive('proxy_ssl_server_name', 'on'),
    directive('proxy_ssl_name', host),
  ];
}

const schemes = { HTTP: 'http', HTTPS: 'https', AUTO_HTTP: '$scheme', GRPC: 'grpc', GRPCS: 'grpcs' } as const;

function pass(action: Forward, outside: External | undefined): Directive {
  const scheme = schemes[action.protocol];
  const authority = outside === undefined ? `cox_${scheme}` : '$cox_backend';
  return directive(isGrpc(action) ? 'grpc_pass' : 'proxy_pass', `${scheme}://${authority}`);
}

function isGrpc({ protocol }: Forward): boolean {
  return protocol === 'GRPC' || protocol === 'GRPCS';
}

/** A template as nginx reads it; a dollar sign that is none of ours would start a variable. */
export function templateText(template: Template): string {
  return template
    .map((part) => {
      if ('literal' in part) return part.literal.replaceAll('$', '%24');
      return 'capture' in part ? `$${part.capture}` : `\${${part.variable}}`;
    })
    .join('');
}
