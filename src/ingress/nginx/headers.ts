import type { GlobalSettings } from '../plan/global/keys.ts';
import type { Directive } from './directive.ts';
import { block, directive } from './directive.ts';

/** What a backend is told about the request as it came, as ingress-nginx tells it. */
const forwarded: readonly (readonly [string, string])[] = [
  ['Host', '$cox_backend_host'],
  ['X-Request-ID', '$cox_request_id'],
  ['X-Real-IP', '$remote_addr'],
  // What the client claims about itself is not passed on as if it were known.
  ['X-Forwarded-For', '$remote_addr'],
  ['X-Forwarded-Host', '$cox_host'],
  ['X-Forwarded-Port', '$server_port'],
  ['X-Forwarded-Proto', '$scheme'],
  ['X-Forwarded-Scheme', '$scheme'],
  ['X-Scheme', '$scheme'],
  ['X-Original-Forwarded-For', '$http_x_forwarded_for'],
  // https://httpoxy.org
  ['Proxy', ''],
];
const upgrade = [
  ['Upgrade', '$http_upgrade'],
  ['Connection', '$cox_connection'],
] as const;

/** What is told otherwise where a proxy in front is believed: what it says itself. */
const trusted = {
  'X-Forwarded-Host': '$cox_forwarded_host',
  'X-Forwarded-Port': '$cox_forwarded_port',
  'X-Forwarded-Proto': '$cox_forwarded_proto',
  'X-Forwarded-Scheme': '$cox_forwarded_proto',
  'X-Scheme': '$cox_forwarded_proto',
};

/** The variables that `requestHeaders` needs where a proxy in front is believed, for the `http` block. */
export function trustedHeaderMaps(global: GlobalSettings): readonly Directive[] {
  const all =
    global['compute-full-forwarded-for'] === true
      ? [
          block(
            'map',
            ['$http_x_forwarded_for', '$cox_forwarded_for'],
            [directive('default', '$http_x_forwarded_for, $realip_remote_addr'), directive('', '$realip_remote_addr')],
          ),
        ]
      : [];
  if (global['use-forwarded-headers'] !== true) return all;
  const map = (name: string, own: string): Directive => {
    const from = `$http_x_forwarded_${name}`;
    return block('map', [from, `$cox_forwarded_${name}`], [directive('default', from), directive('', own)]);
  };
  return [...all, map('host', '$cox_host'), map('port', '$server_port'), map('proto', '$scheme')];
}

/** The headers of all requests to backends. */
export function requestHeaders(global: GlobalSettings): readonly Directive[] {
  const changes: Readonly<Record<string, string>> = {
    ...(global['use-forwarded-headers'] === true ? trusted : {}),
    ...(global['compute-full-forwarded-for'] === true ? { 'X-Forwarded-For': '$cox_forwarded_for' } : {}),
  };
  const told = forwarded.map(([name, value]) => [name, changes[name] ?? value] as const);
  return [
    ...[...told, ...upgrade].map((header) => directive('proxy_set_header', ...header)),
    ...told.map((header) => directive('grpc_set_header', ...header)),
  ];
}
