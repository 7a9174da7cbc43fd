import { createHash } from 'node:crypto';
import type { RouteTable, Source, VirtualHost } from '../model/route-table.ts';
import { hostKey } from '../model/route-table.ts';
import { OriginLists } from './cors.ts';
import type { Directive } from './directive.ts';
import { block, directive, formatConfiguration, luaBlock } from './directive.ts';
import { requestHeaders } from './headers.ts';
import { escapeExpression, planLocations } from './locations.ts';
import { bufferedBody, notFound, renderLocation, strictTransportHeaders } from './render-route.ts';
import type { RouteRendering } from './render-route.ts';
import type { NginxSettings } from './settings.ts';
import { nginxFiles } from './settings.ts';

export interface RenderInput {
  readonly table: RouteTable;
  readonly settings: NginxSettings;
  /** The Lua module's name, as `require` takes it. */
  readonly balancer: string;
  /** The file of a certificate that the table names. */
  readonly certificateFile: (certificate: string) => string;
}

export interface Rendered {
  readonly text: string;
  /** What the control socket answers once this configuration is in use. */
  readonly generation: string;
  readonly sourceOf: (line: number) => Source | undefined;
}

/** Stands for the generation while the text is not complete. */
const placeholder = '0'.repeat(32);

/** The whole configuration for a table. Pure: the same input gives the same text. */
export function renderNginx(input: RenderInput): Rendered {
  const { text, sourceOf } = formatConfiguration(configuration(input));
  const generation = createHash('sha256').update(text).digest('hex').slice(0, placeholder.length);
  return { text: text.replace(placeholder, generation), generation, sourceOf };
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
    block('http', [], httpBlock(input)),
  ];
}

function httpBlock(input: RenderInput): readonly Directive[] {
  const { table, settings, balancer } = input;
  const origins = new OriginLists();
  const any = table.hosts.find(({ host }) => host.kind === 'any');
  const everyone: VirtualHost = any ?? { host: { kind: 'any' }, tls: undefined, routes: [], fallback: undefined };
  const servers = [everyone, ...table.hosts.filter((host) => host !== any)].map((host) =>
    renderServer(host, input, origins),
  );
  return [
    ...luaDirectives(settings, balancer),
    ...temporaryFiles(settings),
    ...clientDirectives(settings),
    ...backendDirectives(settings),
    ...upstreams(balancer),
    // Before anything that an author wrote: the generation takes the place of the first run of zeros.
    controlServer(settings, balancer),
    ...origins.directives(),
    ...servers,
  ];
}

function luaDirectives({ directory }: NginxSettings, balancer: string): readonly Directive[] {
  const { lua, endpoints } = nginxFiles(directory);
  return [
    directive('lua_package_path', `${lua}/?.lua;;`),
    directive('lua_shared_dict', 'cox_endpoints', '8m'),
    luaBlock('init_by_lua_block', `require("${balancer}").load("${endpoints}")`),
    luaBlock('init_worker_by_lua_block', `require("${balancer}").start_worker()`),
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
  const map = (from: string, to: string, values: Readonly<Record<string, string>>): Directive =>
    block(
      'map',
      [from, to],
      Object.entries(values).map(([key, value]) => directive(key === '' ? '' : key, value)),
    );
  return [
    ...(accessLog === undefined
      ? [directive('access_log', 'off')]
      : [directive('log_format', 'requests', requestLog), directive('access_log', accessLog, 'requests')]),
    directive('default_type', 'text/plain'),
    directive('server_tokens', 'off'),
    directive('uninitialized_variable_warn', 'off'),
    directive('tcp_nodelay', 'on'),
    directive('keepalive_timeout', '75s'),
    directive('keepalive_requests', 1000),
    directive('client_max_body_size', bufferedBody),
    directive('client_body_buffer_size', bufferedBody),
    directive('server_names_hash_bucket_size', 512),
    directive('server_names_hash_max_size', 16_384),
    directive('variables_hash_max_size', 4096),
    directive('ssl_protocols', 'TLSv1.2', 'TLSv1.3'),
    directive('ssl_session_cache', 'shared:tls:2m'),
    directive('ssl_session_tickets', 'off'),
    map('$http_host', '$cox_host', { default: '$http_host', '': '$host' }),
    map('$http_x_request_id', '$cox_request_id', { default: '$http_x_request_id', '': '$request_id' }),
    map('$http_upgrade', '$cox_connection', { default: 'upgrade', '': '' }),
    map('$https', '$cox_strict_transport', { default: '', on: 'max-age=31536000; includeSubDomains' }),
  ];
}

/** How backends are spoken to, unless a route says otherwise. */
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
    ...requestHeaders('proxy', undefined),
    ...requestHeaders('grpc', undefined),
  ];
}

/** One pool of idle connections for each protocol: a connection of one must not serve another. */
function upstreams(balancer: string): readonly Directive[] {
  return ['http', 'https', 'grpc', 'grpcs'].map((scheme) =>
    block(
      'upstream',
      [`cox_${scheme}`],
      [
        // nginx wants a server here; the balancer takes its place.
        directive('server', '0.0.0.1'),
        luaBlock('balancer_by_lua_block', `require("${balancer}").balance()`),
        directive('keepalive', 320),
        directive('keepalive_timeout', '60s'),
        directive('keepalive_requests', 10_000),
      ],
    ),
  );
}

/** The controller's own entrance, on a socket that only root can reach. */
function controlServer({ directory }: NginxSettings, balancer: string): Directive {
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
      block('location', ['=', '/endpoints'], [luaBlock('content_by_lua_block', `require("${balancer}").receive()`)]),
      block('location', ['/'], [notFound]),
    ],
  );
}

function renderServer(host: VirtualHost, input: RenderInput, origins: OriginLists): Directive {
  const { settings, balancer, certificateFile } = input;
  const { httpPort, httpsPort, listenAddress, directory } = settings;
  const at = (port: number): string => (listenAddress === undefined ? String(port) : `${listenAddress}:${port}`);
  const isAny = host.host.kind === 'any';
  const isDefault = isAny ? ['default_server'] : [];
  const own = host.tls?.certificate === undefined ? undefined : certificateFile(host.tls.certificate);
  // A server without a certificate shows the default server's; loading it for each host would take 1.5 ms a piece.
  const file = own ?? (isAny ? nginxFiles(directory).defaultCertificate : undefined);
  const strictTransport = host.tls !== undefined;
  const rendering: RouteRendering = { httpsPort, balancer, origins, strictTransport };
  return block(
    'server',
    [],
    [
      directive('listen', at(httpPort), ...isDefault),
      directive('listen', at(httpsPort), ...isDefault, 'ssl', 'http2'),
      directive('server_name', serverName(host)),
      ...(file === undefined ? [] : [directive('ssl_certificate', file), directive('ssl_certificate_key', file)]),
      ...(strictTransport ? strictTransportHeaders : []),
      ...planLocations(host).map((location) => renderLocation(location, rendering)),
    ],
  );
}

function serverName({ host }: VirtualHost): string {
  if (host.kind === 'any') return '_';
  // nginx's own star stands for any number of labels.
  return host.kind === 'exact' ? host.name : `~^[^.]+\\.${escapeExpression(hostKey(host).slice(2))}\\z`;
}
