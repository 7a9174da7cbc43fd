import { createHash } from 'node:crypto';
import { originMap } from './cors.ts';
import type { Directive } from './directive.ts';
import { block, directive, formatConfiguration, luaBlock } from './directive.ts';
import { requestHeaders, trustedHeaderMaps } from './headers.ts';
import type { GlobalSettings } from '../plan/global/keys.ts';
import {
  backendSettings,
  blockChecks,
  clientSettings,
  keepAliveDirectives,
  listenWords,
  logDirectives,
  processDirectives,
  realIpDirectives,
  settingsFirst,
} from './global.ts';
import type { Profile } from './profile.ts';
import {
  answerHeaders,
  bufferedBody,
  originVariable,
  profilePools,
  renderProfile,
  usualPass,
  withinVariable,
} from './profile.ts';
import { rangesMap, rateLimitZones } from './rate-limit.ts';
import { sideLocations } from './side-locations.ts';
import type { NginxSettings } from './settings.ts';
import { nginxFiles } from './settings.ts';

export interface RenderInput {
  readonly settings: NginxSettings;
  /** Where the Lua modules are, as `require` takes it. */
  readonly luaPath: string;
  readonly profiles: ReadonlyMap<string, Profile>;
  /** Of the ConfigMap. */
  readonly global: GlobalSettings;
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
  const { settings, global } = input;
  const processes = processDirectives(global, settings.workers);
  const files = nginxFiles(settings.directory);
  return [
    ...settings.modules.map((path) => directive('load_module', path)),
    ...(settings.user === undefined ? [] : [directive('user', ...settings.user.split(' '))]),
    directive('daemon', 'off'),
    directive('pid', files.pid),
    ...processes.main,
    block('events', [], processes.events),
    block(
      'http',
      [],
      [
        ...luaDirectives(input),
        ...temporaryFiles(settings),
        ...clientDirectives(input),
        ...variables(input.profiles),
        ...trustedHeaderMaps(global),
        ...backendDirectives(settings, global),
        ...upstreams(global, input.profiles),
        controlServer(settings),
        server(input),
      ],
    ),
  ];
}

function luaDirectives({ settings, luaPath, global }: RenderInput): readonly Directive[] {
  const { state } = nginxFiles(settings.directory);
  return [
    directive('lua_package_path', `${luaPath};;`),
    directive('lua_shared_dict', 'cox_state', '32m'),
    directive('lua_regex_cache_max_entries', 8192),
    // An expression that takes longer than this does not match.
    directive('lua_regex_match_limit', 100_000),
    settingsFirst(global, `require("cox.master").start("${state}", "${placeholder}")`),
    luaBlock('init_worker_by_lua_block', 'require("cox.worker").start()'),
  ];
}

function temporaryFiles({ directory }: NginxSettings): readonly Directive[] {
  const { temporary } = nginxFiles(directory);
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return kinds.map((kind) => directive(`${kind}_temp_path`, `${temporary}/${kind}`));
}

const requestFormat =
  '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" ' +
  '$request_length $request_time [$cox_backend] $upstream_addr $upstream_response_length $upstream_response_time ' +
  '$upstream_status $cox_request_id $host';

/** How clients are met. */
function clientDirectives({ settings, global, profiles }: RenderInput): readonly Directive[] {
  return [
    ...logDirectives(global, settings, requestFormat),
    directive('default_type', 'text/plain'),
    directive('tcp_nodelay', 'on'),
    ...clientSettings(global, ![...profiles.values()].some(({ hasClientTls }) => hasClientTls)),
    ...realIpDirectives(global),
    // A little more than may be held: what exceeds the limit is refused before it would fill this.
    directive('client_body_buffer_size', bufferedBody + 65_536),
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
    ...[...profiles].flatMap(([name, { cors, rateLimit, satisfyAny, allow = [] }]) => [
      ...(cors === undefined || cors.origins === 'any' ? [] : [originMap(cors.origins, originVariable(name))]),
      ...(rateLimit === undefined ? [] : rateLimitZones(name, rateLimit)),
      ...(satisfyAny ? [rangesMap(allow, withinVariable(name))] : []),
    ]),
  ];
}

/** How backends are spoken to, unless a profile says otherwise. */
function backendDirectives({ dnsServers }: NginxSettings, global: GlobalSettings): readonly Directive[] {
  return [
    ...(dnsServers.length === 0 ? [] : [directive('resolver', ...dnsServers, 'ipv6=off')]),
    directive('proxy_http_version', '1.1'),
    directive('proxy_buffering', 'off'),
    ...backendSettings(global),
    // Answers are never written to a disk, not even where buffering is on.
    directive('proxy_max_temp_file_size', 0),
    directive('proxy_redirect', 'off'),
    ...requestHeaders(global),
  ];
}

/** One pool of idle connections for each protocol: a connection of one must not serve another. */
function upstreams(global: GlobalSettings, profiles: ReadonlyMap<string, Profile>): readonly Directive[] {
  const own = [...profiles].flatMap(([name, profile]) => profilePools(name, profile));
  return [...['http', 'https', 'grpc', 'grpcs'].map((scheme) => `cox_${scheme}`), ...own].map((name) =>
    block(
      'upstream',
      [name],
      [
        // nginx wants a server here; the balancer takes its place.
        directive('server', '0.0.0.1'),
        luaBlock('balancer_by_lua_block', 'require("cox.balancer").balance()'),
        ...keepAliveDirectives(global),
      ],
    ),
  );
}

/** What the router tells the locations that it sends requests to. */
const requestVariables = [
  'route',
  'backend',
  'strict_transport',
  'closing',
  'cookie',
  'limit',
  ...['url', 'host', 'method'].map((name) => `auth_${name}`),
  'sign_in',
  'admitted',
  'client',
  'mirror_url',
  'mirror_host',
  ...['namespace', 'ingress', 'service', 'port'].map((name) => `error_${name}`),
];

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

function interceptedStatuses(profiles: ReadonlyMap<string, Profile>): readonly number[] {
  const statuses = [...profiles.values()].flatMap(({ interceptErrors }) => interceptErrors);
  return [...new Set(statuses)].toSorted((a, b) => a - b);
}

/** The one server for everybody: which host a request is for is looked up, as is everything else about it. */
function server({ settings, profiles, global }: RenderInput): Directive {
  const { httpPort, httpsPort, listenAddress, directory } = settings;
  const { defaultCertificate } = nginxFiles(directory);
  const at = (port: number): string => (listenAddress === undefined ? String(port) : `${listenAddress}:${port}`);
  return block(
    'server',
    [],
    [
      directive('listen', at(httpPort), ...listenWords(global)),
      directive(
        'listen',
        at(httpsPort),
        'ssl',
        ...(global['use-http2'] === false ? [] : ['http2']),
        ...listenWords(global),
      ),
      directive('server_name', '_'),
      directive('ssl_certificate', defaultCertificate),
      directive('ssl_certificate_key', defaultCertificate),
      luaBlock('ssl_certificate_by_lua_block', 'require("cox.certificates").choose()'),
      ...blockChecks(global),
      luaBlock(
        'header_filter_by_lua_block',
        'require("cox.router").before_answer(); require("cox.access").change_answer()',
      ),
      luaBlock('log_by_lua_block', 'require("cox.balancer").learn()'),
      // What is refused before it has a location has no variables.
      directive('uninitialized_variable_warn', 'off'),
      ...answerHeaders,
      block(
        'location',
        ['/'],
        [
          // Here, not in the server: a question to an authentication service would unset them.
          directive('set', '$cox_backend_host', '$cox_host'),
          ...requestVariables.map((name) => directive('set', `$cox_${name}`, '')),
          // The route's own limit is not known yet.
          directive('client_max_body_size', 0),
          luaBlock('rewrite_by_lua_block', `require("cox.router").route(${httpsPort})`),
          usualPass,
        ],
      ),
      block('location', ['@not_found'], [notFound]),
      block('location', ['@not_found_closing'], [directive('keepalive_timeout', 0), notFound]),
      ...[...profiles]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .flatMap(([name, profile]) => renderProfile(name, profile, directory)),
      ...sideLocations(interceptedStatuses(profiles)),
    ],
  );
}
