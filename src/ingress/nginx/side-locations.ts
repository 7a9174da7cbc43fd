import type { HeaderName } from '../model/values.ts';
import type { Directive } from './directive.ts';
import { block, directive, luaBlock } from './directive.ts';

/** No path of a client begins like this, so nobody but nginx itself gets here. */
const authLocation = 'cox:auth';
const signIn = '@cox_sign_in';

/** Asks whoever `$cox_auth_url` names before a request goes on, and keeps what it says in variables. */
export function authDirectives(headers: readonly HeaderName[]): readonly Directive[] {
  return [
    directive('auth_request', authLocation),
    ...headers.map((name, index) =>
      directive('auth_request_set', `$cox_auth_${index + 1}`, `$upstream_http_${variableName(name)}`),
    ),
    directive('auth_request_set', '$cox_auth_cookie', '$upstream_http_set_cookie'),
    directive('error_page', 401, '=', signIn),
  ];
}

const mirrorLocations = { all: 'cox:mirror', head: 'cox:mirror_head' } as const;

/** Sends a copy of each request to whoever `$cox_mirror_url` names. */
export function mirrorDirectives(which: keyof typeof mirrorLocations): readonly Directive[] {
  return [
    directive('mirror', mirrorLocations[which]),
    directive('mirror_request_body', which === 'all' ? 'on' : 'off'),
  ];
}

function mirrorLocation(which: keyof typeof mirrorLocations): Directive {
  const header = (name: string, value: string): Directive => directive('proxy_set_header', name, value);
  return block(
    'location',
    ['=', mirrorLocations[which]],
    [
      directive('internal'),
      directive('client_max_body_size', 0),
      luaBlock('rewrite_by_lua_block', 'require("cox.access").mirror()'),
      directive('proxy_pass', '$cox_mirror_url'),
      directive('proxy_ssl_server_name', 'on'),
      ...(which === 'all' ? [] : [directive('proxy_pass_request_body', 'off'), header('Content-Length', '')]),
      header('Host', '$cox_mirror_host'),
      header('Connection', ''),
      header('X-Request-ID', '$cox_request_id'),
      header('X-Real-IP', '$remote_addr'),
      header('X-Forwarded-For', '$remote_addr'),
      header('X-Forwarded-Proto', '$scheme'),
    ],
  );
}

function variableName(header: HeaderName): string {
  return header.toLowerCase().replaceAll('-', '_');
}

/** Where the answers with a status come from instead. */
export function errorLocation(status: number): string {
  return `@cox_error_${status}`;
}

/** The locations that requests take on their way to another one, `statuses` being those that anybody replaces. */
export function sideLocations(statuses: readonly number[]): readonly Directive[] {
  const header = (name: string, value: string): Directive => directive('proxy_set_header', name, value);
  return [
    block(
      'location',
      ['=', authLocation],
      [
        directive('internal'),
        luaBlock('rewrite_by_lua_block', 'require("cox.access").ask()'),
        directive('proxy_pass', '$cox_auth_url'),
        directive('proxy_method', '$cox_auth_method'),
        directive('proxy_pass_request_body', 'off'),
        directive('proxy_ssl_server_name', 'on'),
        header('Content-Length', ''),
        header('Connection', ''),
        header('Host', '$cox_auth_host'),
        header('X-Original-URL', '$scheme://$http_host$request_uri'),
        header('X-Original-Method', '$request_method'),
        header('X-Sent-From', 'nginx-ingress-controller'),
        header('X-Auth-Request-Redirect', '$request_uri'),
        header('X-Request-ID', '$cox_request_id'),
        header('X-Real-IP', '$remote_addr'),
        header('X-Forwarded-For', '$remote_addr'),
        header('X-Forwarded-Proto', '$scheme'),
      ],
    ),
    mirrorLocation('all'),
    mirrorLocation('head'),
    block('location', [signIn], [luaBlock('content_by_lua_block', 'require("cox.access").sign_in()')]),
    ...statuses.map((status) =>
      block(
        'location',
        [errorLocation(status)],
        [
          directive('proxy_method', 'GET'),
          directive('proxy_pass_request_body', 'off'),
          header('Content-Length', ''),
          header('Connection', ''),
          header('Host', '$cox_host'),
          header('X-Code', String(status)),
          header('X-Format', '$http_accept'),
          header('X-Original-URI', '$request_uri'),
          header('X-Namespace', '$cox_error_namespace'),
          header('X-Ingress-Name', '$cox_error_ingress'),
          header('X-Service-Name', '$cox_error_service'),
          header('X-Service-Port', '$cox_error_port'),
          header('X-Request-ID', '$cox_request_id'),
          luaBlock('access_by_lua_block', 'require("cox.access").run_error()'),
          directive('proxy_pass', 'http://cox_http'),
        ],
      ),
    ),
  ];
}
