import { createHash } from 'node:crypto';
import { originMap } from './cors.ts';
import type { Directive } from './directive.ts';
import { block, directive, formatConfiguration, luaBlock } from './directive.ts';
import { requestHeaders } from './headers.ts';
import type { Profile } from './profile.ts';
import { bufferedBody, originVariable, renderProfile, strictTransport } from './profile.ts';
import type { NginxSettings } from './settings.ts';
import { nginxFiles } from './settings.ts';

export interface RenderInput {
  readonly settings: NginxSettings;
  /** Where the Lua modules are, as `require` takes it. */
  readonly luaPath: string;
  readonly profiles: ReadonlyMap<string, Profile>;
}

export interface Rendered {
  readonly text: string;
  /** What the control socket answers once this configuration is in use. */
  readonly generation: string;
}

/** Stands for the generation while the text is not complete. */
const placeholder = '0'.repeat(32);

/**
 * The whole configuration. It holds no host, path or backend: those are state, which the Lua modules look up. Pure:
 * the same input gives the same text.
 */
export function renderNginx(input: RenderInput): Rendered {
  const text = formatConfiguration(configuration(input));
  const generation = createHash('sha256').update(text).digest('hex').slice(0, placeholder.length);
  return { text: text.replaceAll(placeholder, generation), generation };
}

function configuration(input: RenderInput): readonly Directive[] {
  const { settings } = input;
  const files = nginxFiles(settings.directory);
  return [
    ...settings.modules.map((path) => directive('load_module', path)),
    ...(settings.user === undefined ? [] : [directive('user', ...settings.user.split(' '))]),
    directive('daemon', 'off'),
    directive('worker_processes', settings.workers),
    directive('worker_rlimit_nofile', 16_384),
    directive('worker_shutdown_timeout', '240s'),
    directive('pid', files.pid),
    directive('error_log', 'stderr', 'warn'),
    block('events', [], [directive('worker_connections', 4096), directive('multi_accept', 'on')]),
    block(
      'http',
      [],
      [
        ...luaDirectives(input),
        ...temporaryFiles(settings),
        ...clientDirectives(settings),
        ...variables(input.profiles),
        ...backendDirectives(settings),
        ...upstreams(),
        controlServer(settings),
        server(input),
      ],
    ),
  ];
}

function luaDirectives({ settings, luaPath }: RenderInput): readonly Directive[] {
  const { state } = nginxFiles(settings.directory);
  return [
    directive('lua_package_path', `${luaPath};;`),
    directive('lua_shared_dict', 'cox_state', '32m'),
    directive('lua_regex_cache_max_entries', 8192),
    // An expression that takes longer than this does not match.
    directive('lua_regex_match_limit', 100_000),
    luaBlock('init_by_lua_block', `require("cox.master").start("${state}", "${placeholder}")`),
    luaBlock('init_worker_by_lua_block', 'require("cox.worker").start()'),
  ];
}

function temporaryFiles({ directory }: NginxSettings): readonly Directive[] {
  const { temporary } = nginxFiles(directory);
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return kinds.map((kind) => directive(`${kind}_temp_path`, `${temporary}/${kind}`));
}

const requestLog =
  '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" ' +
  '$request_length $request_time [$cox_backend] $upstream_addr $upstream_response_length $upstream_response_time ' +
  '$upstream_status $cox_request_id $host';

/** How clients are met. */
function clientDirectives({ accessLog }: NginxSettings): readonly Directive[] {
  return [
    ...(accessLog === undefined
      ? [directive('access_log', 'off')]
      : [directive('log_format', 'requests', requestLog), directive('access_log', accessLog, 'requests')]),
    directive('default_type', 'text/plain'),
    directive('server_tokens', 'off'),
    directive('tcp_nodelay', 'on'),
    directive('keepalive_timeout', '75s'),
    directive('keepalive_requests', 1000),
    // A little more than may be held: what exceeds the limit is refused before it would fill this.
    directive('client_body_buffer_size', bufferedBody + 65_536),
    directive('ssl_protocols', 'TLSv1.2', 'TLSv1.3'),
    directive('ssl_session_cache', 'shared:tls:2m'),
    directive('ssl_session_tickets', 'off'),
  ];
}

function variables(profiles: ReadonlyMap<string, Profile>): readonly Directive[] {
  const map = (from: string, to: string, values: Readonly<Record<string, string>>): Directive =>
    block(
      'map',
      [from, to],
      Object.entries(values).map(([key, value]) => directive(key, value)),
    );
  return [
    map('$http_host', '$cox_host', { default: '$http_host', '': '$host' }),
    map('$http_x_request_id', '$cox_request_id', { default: '$http_x_request_id', '': '$request_id' }),
    map('$http_upgrade', '$cox_connection', { default: 'upgrade', '': '' }),
    ...[...profiles].flatMap(([name, { cors }]) =>
      cors === undefined || cors.origins === 'any' ? [] : [originMap(cors.origins, originVariable(name))],
    ),
  ];
}

/** How backends are spoken to, unless a profile says otherwise. */
function backendDirectives({ dnsServers }: NginxSettings): readonly Directive[] {
  return [
    ...(dnsServers.length === 0 ? [] : [directive('resolver', ...dnsServers, 'ipv6=off')]),
    directive('proxy_http_version', '1.1'),
    directive('proxy_buffering', 'off'),
    directive('proxy_buffer_size', '8k'),
    // Answers are never written to a disk, not even where buffering is on.
    directive('proxy_max_temp_file_size', 0),
    directive('proxy_redirect', 'off'),
    ...['proxy', 'grpc'].flatMap((kind) => [
      directive(`${kind}_connect_timeout`, '5s'),
      directive(`${kind}_read_timeout`, '60s'),
      directive(`${kind}_send_timeout`, '60s'),
      directive(`${kind}_next_upstream`, 'error', 'timeout'),
      directive(`${kind}_next_upstream_tries`, 3),
    ]),
    ...requestHeaders,
  ];
}

/** One pool of idle connections for each protocol: a connection of one must not serve another. */
function upstreams(): readonly Directive[] {
  return ['http', 'https', 'grpc', 'grpcs'].map((scheme) =>
    block(
      'upstream',
      [`cox_${scheme}`],
      [
        // nginx wants a server here; the balancer takes its place.
        directive('server', '0.0.0.1'),
        luaBlock('balancer_by_lua_block', 'require("cox.balancer").balance()'),
        directive('keepalive', 320),
        directive('keepalive_timeout', '60s'),
        directive('keepalive_requests', 10_000),
      ],
    ),
  );
}

const notFound = directive('return', 404, 'default backend - 404');

/** The controller's own entrance, on a socket that only root can reach. */
function controlServer({ directory }: NginxSettings): Directive {
  const lua = (path: string, code: string): Directive =>
    block('location', ['=', path], [luaBlock('content_by_lua_block', code)]);
  return block(
    'server',
    [],
    [
      directive('listen', `unix:${nginxFiles(directory).controlSocket}`),
      directive('access_log', 'off'),
      directive('client_max_body_size', '64m'),
      directive('client_body_buffer_size', '64m'),
      block('location', ['=', '/healthz'], [directive('return', 200, 'ok')]),
      block('location', ['=', '/generation'], [directive('return', 200, placeholder)]),
      lua('/state', 'require("cox.state").receive()'),
      lua('/patterns', 'require("cox.router").check_patterns()'),
      block('location', ['/'], [notFound]),
    ],
  );
}

/** The one server for everybody: which host a request is for is looked up, as is everything else about it. */
function server({ settings, profiles }: RenderInput): Directive {
  const { httpPort, httpsPort, listenAddress, directory } = settings;
  const { defaultCertificate } = nginxFiles(directory);
  const at = (port: number): string => (listenAddress === undefined ? String(port) : `${listenAddress}:${port}`);
  return block(
    'server',
    [],
    [
      directive('listen', at(httpPort)),
      directive('listen', at(httpsPort), 'ssl', 'http2'),
      directive('server_name', '_'),
      directive('ssl_certificate', defaultCertificate),
      directive('ssl_certificate_key', defaultCertificate),
      luaBlock('ssl_certificate_by_lua_block', 'require("cox.certificates").choose()'),
      directive('set', '$cox_backend', ''),
      directive('set', '$cox_fallback', ''),
      directive('set', '$cox_backend_host', '$cox_host'),
      directive('set', '$cox_strict_transport', ''),
      ...strictTransport,
      block(
        'location',
        ['/'],
        [
          // The route's own limit is not known yet.
          directive('client_max_body_size', 0),
          luaBlock('rewrite_by_lua_block', `require("cox.router").route(${httpsPort})`),
        ],
      ),
      block('location', ['@not_found'], [notFound]),
      block('location', ['@not_found_closing'], [directive('keepalive_timeout', 0), notFound]),
      ...[...profiles]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .flatMap(([name, profile]) => renderProfile(name, profile)),
    ],
  );
}
