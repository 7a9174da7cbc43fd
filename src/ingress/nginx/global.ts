import type { GlobalSettings } from '../plan/global/keys.ts';
import type { Directive } from './directive.ts';
import { block, directive, luaBlock } from './directive.ts';
import { usualProfile } from './profile.ts';
import type { NginxSettings } from './settings.ts';

/** The directive, where there is a value for it. */
function some(name: string, value: boolean | number | string | undefined, unit = ''): readonly Directive[] {
  if (value === undefined) return [];
  return [directive(name, typeof value === 'boolean' ? (value ? 'on' : 'off') : `${value}${unit}`)];
}

/** How the processes run: for the main part of the configuration and its `events`. */
export function processDirectives(global: GlobalSettings, workers: number) {
  const processes = global['worker-processes'] ?? workers;
  return {
    main: [
      directive('worker_processes', processes),
      directive('worker_rlimit_nofile', global['max-worker-open-files'] ?? 16_384),
      directive('worker_shutdown_timeout', `${global['worker-shutdown-timeout'] ?? 240}s`),
      directive('error_log', 'stderr', global['error-log-level'] ?? 'warn'),
    ],
    events: [
      directive('worker_connections', global['max-worker-connections'] ?? 4096),
      directive('multi_accept', global['enable-multi-accept'] === false ? 'off' : 'on'),
    ],
  };
}

/** How all clients are met, and whether their sessions of TLS may be resumed. */
export function clientSettings(global: GlobalSettings, resumes: boolean): readonly Directive[] {
  const buffers = global['large-client-header-buffers'];
  const cacheSize = global['ssl-session-cache-size'] ?? 2 * 1024 ** 2;
  return [
    ...some('client_header_timeout', global['client-header-timeout'], 's'),
    ...some('client_body_timeout', global['client-body-timeout'], 's'),
    ...some('client_header_buffer_size', global['client-header-buffer-size']),
    ...(buffers === undefined ? [] : [directive('large_client_header_buffers', buffers.count, buffers.size)]),
    directive('server_tokens', global['server-tokens'] === true ? 'on' : 'off'),
    directive('keepalive_timeout', `${global['keep-alive'] ?? 75}s`),
    directive('keepalive_requests', global['keep-alive-requests'] ?? 1000),
    ...some('underscores_in_headers', global['enable-underscores-in-headers']),
    ...some('ignore_invalid_headers', global['ignore-invalid-headers']),
    ...some('http2_max_concurrent_streams', global['http2-max-concurrent-streams']),
    ...some('limit_req_status', global['limit-req-status-code'] ?? 503),
    ...some('limit_conn_status', global['limit-conn-status-code'] ?? 503),
    ...some('limit_rate', global['limit-rate']),
    ...some('limit_rate_after', global['limit-rate-after']),
    directive('ssl_protocols', ...(global['ssl-protocols'] ?? ['TLSv1.2', 'TLSv1.3'])),
    ...some('ssl_ciphers', global['ssl-ciphers']),
    directive(
      'ssl_session_cache',
      ...(global['ssl-session-cache'] === false || !resumes ? ['off'] : [`shared:tls:${cacheSize}`]),
    ),
    ...some('ssl_session_timeout', global['ssl-session-timeout'], 's'),
    directive('ssl_session_tickets', global['ssl-session-tickets'] === true && resumes ? 'on' : 'off'),
    ...some('ssl_buffer_size', global['ssl-buffer-size']),
    ...compression(global),
    ...blockMaps(global),
  ];
}

const compressedTypes = [
  ...['atom+xml', 'javascript', 'json', 'ld+json', 'manifest+json', 'rss+xml', 'vnd.ms-fontobject', 'wasm', 'xml'].map(
    (name) => `application/${name}`,
  ),
  ...['css', 'javascript', 'plain', 'x-component'].map((name) => `text/${name}`),
  'font/opentype',
  'image/svg+xml',
  'image/x-icon',
];

function compression(global: GlobalSettings): readonly Directive[] {
  if (global['use-gzip'] !== true) return [];
  return [
    directive('gzip', 'on'),
    directive('gzip_comp_level', global['gzip-level'] ?? 1),
    directive('gzip_min_length', global['gzip-min-length'] ?? 256),
    directive('gzip_http_version', '1.1'),
    directive('gzip_proxied', 'any'),
    directive('gzip_vary', 'on'),
    directive('gzip_types', ...(global['gzip-types'] ?? compressedTypes).filter((type) => type !== 'text/html')),
  ];
}

const blocked = [
  ['block-user-agents', '$http_user_agent', '$cox_blocked_agent'],
  ['block-referers', '$http_referer', '$cox_blocked_referer'],
] as const;

function blockMaps(global: GlobalSettings): readonly Directive[] {
  return blocked.flatMap(([key, from, to]) => {
    const items = global[key];
    if (items === undefined) return [];
    // `default` and the like mean something else to a map without this.
    const entries = items.map((item) => directive(item.startsWith('~') ? item : `\\${item}`, 1));
    return [block('map', [from, to], [directive('default', 0), ...entries])];
  });
}

/** Turns away whom the ConfigMap names, for the `server` block. */
export function blockChecks(global: GlobalSettings): readonly Directive[] {
  return blocked.flatMap(([key, , variable]) =>
    global[key] === undefined ? [] : [block('if', [`(${variable})`], [directive('return', 403)])],
  );
}

/** Whom nginx believes about where a request comes from. */
export function realIpDirectives(global: GlobalSettings): readonly Directive[] {
  const byProxy = global['use-proxy-protocol'] === true;
  const byHeader = global['use-forwarded-headers'] === true || global['enable-real-ip'] === true;
  if (!byProxy && !byHeader) return [];
  const header = byProxy ? 'proxy_protocol' : (global['forwarded-for-header'] ?? 'X-Forwarded-For');
  return [
    ...(global['proxy-real-ip-cidr'] ?? ['0.0.0.0/0']).map((range) => directive('set_real_ip_from', range)),
    directive('real_ip_header', header),
    ...(byProxy ? [] : [directive('real_ip_recursive', 'on')]),
  ];
}

/** What is behind the parameters of `listen`, whatever the port. */
export function listenWords(global: GlobalSettings): readonly string[] {
  return global['use-proxy-protocol'] === true ? ['proxy_protocol'] : [];
}

/** How backends are spoken to where nothing else is said about a route. */
export function backendSettings(global: GlobalSettings): readonly Directive[] {
  const reasons = global['proxy-next-upstream'] ?? ['error', 'timeout'];
  const next = global['retry-non-idempotent'] === true ? [...new Set([...reasons, 'non_idempotent'])] : reasons;
  const size = global['proxy-buffer-size'] ?? 8192;
  return [
    directive('proxy_buffer_size', size),
    ...(global['proxy-buffer-size'] === undefined
      ? []
      : [directive('proxy_buffers', 4, size), directive('proxy_busy_buffers_size', size)]),
    ...['proxy', 'grpc'].flatMap((kind) => [
      directive(`${kind}_connect_timeout`, `${global['proxy-connect-timeout'] ?? 5}s`),
      directive(`${kind}_read_timeout`, `${global['proxy-read-timeout'] ?? 60}s`),
      directive(`${kind}_send_timeout`, `${global['proxy-send-timeout'] ?? 60}s`),
      directive(`${kind}_next_upstream`, ...next),
      directive(`${kind}_next_upstream_tries`, global['proxy-next-upstream-tries'] ?? 3),
      ...some(`${kind}_next_upstream_timeout`, global['proxy-next-upstream-timeout'], 's'),
    ]),
  ];
}

/** The pool of idle connections to backends. */
export function keepAliveDirectives(global: GlobalSettings): readonly Directive[] {
  return [
    directive('keepalive', global['upstream-keepalive-connections'] ?? 320),
    directive('keepalive_timeout', `${global['upstream-keepalive-timeout'] ?? 60}s`),
    directive('keepalive_requests', global['upstream-keepalive-requests'] ?? 10_000),
  ];
}

/** Tells the Lua modules what they must know of the settings; numbers and words of our own only. */
function luaSettings(global: GlobalSettings): Directive['lua'] {
  const { hsts = true, 'hsts-include-subdomains': subdomains = true, 'hsts-preload': preload = false } = global;
  const maxAge = global['hsts-max-age'] ?? 31_536_000;
  const header = `max-age=${maxAge}${subdomains ? '; includeSubDomains' : ''}${preload ? '; preload' : ''}`;
  return [
    'local settings = require("cox.settings")',
    `settings.usual_location = "@${usualProfile()[0]}"`,
    `settings.hsts = ${hsts ? `"${header}"` : 'nil'}`,
    `settings.redirect_status = ${Number(global['http-redirect-code'] ?? 308)}`,
    `settings.trusts_headers = ${global['use-forwarded-headers'] === true}`,
  ].join('; ');
}

/** Whether requests are logged. The default is not to, unlike upstream; asking for a format asks for the log, too. */
function wantsLog(global: GlobalSettings): boolean {
  const asked = global['log-format-upstream'] !== undefined || global['log-format-escape-json'] === true;
  return global['disable-access-log'] === undefined ? asked : !global['disable-access-log'];
}

const jsonFields = {
  time: 'time_iso8601',
  remote_addr: 'remote_addr',
  request_id: 'cox_request_id',
  host: 'host',
  method: 'request_method',
  uri: 'request_uri',
  protocol: 'server_protocol',
  status: 'status',
  body_bytes_sent: 'body_bytes_sent',
  request_length: 'request_length',
  request_time: 'request_time',
  namespace: 'cox_namespace',
  service: 'cox_service',
  upstream_name: 'cox_backend',
  upstream_addr: 'upstream_addr',
  upstream_status: 'upstream_status',
  upstream_response_time: 'upstream_response_time',
  referer: 'http_referer',
  user_agent: 'http_user_agent',
};
const jsonLine = `{${Object.entries(jsonFields)
  .map(([name, variable]) => `"${name}":"$${variable}"`)
  .join(',')}}`;

/** The log of requests, `usual` being its format where the ConfigMap says nothing of it. */
export function logDirectives(
  global: GlobalSettings,
  { accessLog, requestLog }: Pick<NginxSettings, 'accessLog' | 'requestLog'>,
  usual: string,
): readonly Directive[] {
  if (accessLog === undefined && !wantsLog(global)) return [directive('access_log', 'off')];
  const asJson = global['log-format-escape-json'] === true;
  const format = global['log-format-upstream'] ?? (asJson ? jsonLine : usual);
  return [
    // The three parts of a backend's name.
    ...(['namespace', 'service', 'service_port'] as const).map((name, at) =>
      block(
        'map',
        ['$cox_backend', `$cox_${name}`],
        [directive('default', ''), directive(`~^${'[^/]*/'.repeat(at)}([^/]*)${at < 2 ? '/' : '$'}`, '$1')],
      ),
    ),
    directive('log_format', 'requests', ...(asJson ? ['escape=json'] : []), format),
    directive('access_log', accessLog ?? requestLog, 'requests'),
  ];
}

/** For `init_by_lua_block`, before the modules are used. */
export const settingsFirst = (global: GlobalSettings, then: string): Directive =>
  luaBlock('init_by_lua_block', `${luaSettings(global)}; ${then}`);
