import type { Authority } from '../model/values.ts';
import type { Directive } from './directive.ts';
import { directive } from './directive.ts';

/** What a backend is told about the request as it came, as ingress-nginx tells it. */
const forwarded: readonly (readonly [string, string])[] = [
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

/** The headers of a request to a backend. nginx inherits them from outside only where a location sets none. */
export function requestHeaders(kind: 'proxy' | 'grpc', host: Authority | undefined): readonly Directive[] {
  const connection: typeof forwarded =
    kind === 'grpc'
      ? []
      : [
          ['Upgrade', '$http_upgrade'],
          ['Connection', '$cox_connection'],
        ];
  return [['Host', host ?? '$cox_host'] as const, ...connection, ...forwarded].map(([name, value]) =>
    directive(`${kind}_set_header`, name, value),
  );
}
