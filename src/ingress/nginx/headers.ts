import type { Directive } from './directive.ts';
import { directive } from './directive.ts';

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

/** The headers of all requests to backends. */
export const requestHeaders: readonly Directive[] = [
  ...[...forwarded, ...upgrade].map((header) => directive('proxy_set_header', ...header)),
  ...forwarded.map((header) => directive('grpc_set_header', ...header)),
];
