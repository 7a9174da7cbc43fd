import type { Affinity, BalanceOptions } from '../../model/balance.ts';
import type { Action, BackendProtocol, Cors, Policy, ServiceBackend } from '../../model/route-table.ts';
import { defaultPolicy } from '../../model/route-table.ts';
import type { Authority, HostName, LiteralPath, Template } from '../../model/values.ts';
import type { ClientTls } from '../../model/tls.ts';
import { parseHeaderName } from '../../model/values.ts';
import * as formats from './formats.ts';
import { readAffinity, readBalance } from './read-affinity.ts';
import type { FindSecret } from './read-auth.ts';
import { readBasicAuth, readExternalAuth } from './read-auth.ts';
import type { Canary } from './read-canary.ts';
import { readCanary } from './read-canary.ts';
import { readRanges, readRateLimit } from './read-limits.ts';
import { readTransfer } from './read-transfer.ts';
import { readBackendTls, readClientTls } from './read-tls.ts';
import type { AnnotationReader } from './reader.ts';
import { isSupported } from './supported.ts';

/** What the annotations of one Ingress say about all of its routes. */
export interface IngressSettings {
  /** Whether plain HTTP is sent to HTTPS: never, where the host has TLS, or always. */
  readonly https: 'never' | 'with-tls' | 'always';
  /** Without `redirectToHttps`, which depends on the host. */
  readonly policy: Policy;
  readonly usePatterns: boolean;
  readonly rewrite: Template | undefined;
  readonly appRoot: LiteralPath | undefined;
  readonly protocol: BackendProtocol;
  readonly host: Authority | undefined;
  readonly defaultBackend: ServiceBackend | undefined;
  /** Takes the place of every route's own action. */
  readonly override: Exclude<Action, { readonly kind: 'forward' }> | undefined;
  /** Serves nothing by itself: takes a part of another Ingress's requests. */
  readonly canary: Canary | undefined;
  readonly affinity: Affinity | undefined;
  readonly balance: BalanceOptions;
  /** Whether requests go to a Service's own address. */
  readonly byAddress: boolean;
  /** What clients of its hosts must show. */
  readonly clientTls: ClientTls | undefined;
  /** More names for every host of this Ingress. */
  readonly aliases: readonly HostName[];
  /** Whether `www.host` leads to `host`, and the other way round. */
  readonly redirectsWww: boolean;
}

/** Text that would go to nginx as it is: never executed, whatever it says (CVE-2021-25742 and its successors). */
const snippets = ['server-snippet', 'configuration-snippet', 'stream-snippet', 'auth-snippet'];
/** Without these a route would be open to people whom its author wants to keep out. */
const protections =
  /^(?:auth-|modsecurity-|enable-(?:modsecurity|owasp)|satisfy|proxy-ssl-|(?:global-rate-)?limit-|(?:white|allow|deny|black)list-)/;
/** How the question for authentication is asked, not whether. */
const harmless = /^auth-(?:cache-key|cache-duration|keepalive.*|verbose)$/;

/** Reads all annotations of an Ingress in `namespace`. */
export function readSettings(reader: AnnotationReader, namespace: string, findSecret: FindSecret): IngressSettings {
  reportUnsupported(reader);
  const canary = readCanary(reader);
  const ranges = readRanges(reader);
  const rewrite = reader.read('rewrite-target', formats.rewriteTarget);
  const service = reader.read('default-backend', formats.serviceName);
  const interceptErrors = reader.read('custom-http-errors', formats.errorStatuses) ?? [];
  if (interceptErrors.length > 0 && service === undefined) {
    reader.misplaced('custom-http-errors', 'there is no default-backend to answer instead; it has no effect');
  }
  const redirect = readRedirect(reader);
  const settings = {
    https: readHttps(reader),
    policy: {
      ...defaultPolicy,
      bodyLimit: reader.read('proxy-body-size', formats.size),
      timeouts: {
        connect: reader.read('proxy-connect-timeout', formats.seconds),
        read: reader.read('proxy-read-timeout', formats.seconds),
        send: reader.read('proxy-send-timeout', formats.seconds),
      },
      allow: ranges.allow,
      deny: ranges.deny,
      cors: readCors(reader),
      satisfyAny: reader.readRestriction('satisfy', formats.oneOf('all', 'any')) === 'any',
      basicAuth: readBasicAuth(reader, namespace, findSecret),
      externalAuth: readExternalAuth(reader),
      rateLimit: readRateLimit(reader),
      backendTls: readBackendTls(reader, namespace, findSecret),
      mirror: readMirror(reader),
      transfer: readTransfer(reader),
      interceptErrors: service === undefined ? [] : interceptErrors,
      requestHeaders: readRequestHeaders(reader),
    },
    usePatterns: (reader.read('use-regex', formats.flag) ?? false) || rewrite !== undefined,
    rewrite,
    appRoot: reader.read('app-root', formats.path),
    protocol: reader.read('backend-protocol', formats.protocol) ?? 'HTTP',
    host: reader.read('upstream-vhost', formats.authority),
    defaultBackend:
      service === undefined
        ? undefined
        : ({ kind: 'service', namespace, service, port: undefined, byAddress: false } as const),
    canary,
    affinity: readAffinity(reader),
    balance: readBalance(reader),
    byAddress: reader.read('service-upstream', formats.flag) ?? false,
    clientTls: readClientTls(reader, namespace, findSecret),
    aliases: reader.read('server-alias', formats.hostNames) ?? [],
    redirectsWww: reader.read('from-to-www-redirect', formats.flag) ?? false,
  };
  if (reader.readRestriction('enable-global-auth', formats.flag) === true) {
    reader.misplacedRestriction('enable-global-auth', 'there is no global authentication here; use auth-url');
  }
  return { ...settings, override: reader.mustRefuse ? { kind: 'refuse' } : redirect };
}

function readRequestHeaders(reader: AnnotationReader): Policy['requestHeaders'] {
  const value = reader.read('x-forwarded-prefix', formats.headerValue);
  const name = parseHeaderName('X-Forwarded-Prefix');
  if (value === undefined || name === undefined) return defaultPolicy.requestHeaders;
  return { ...defaultPolicy.requestHeaders, set: [{ name, value }] };
}

function readMirror(reader: AnnotationReader): Policy['mirror'] {
  const target = reader.read('mirror-target', formats.mirrorUrl);
  const host = reader.read('mirror-host', formats.authority);
  const body = reader.read('mirror-request-body', formats.onOff) ?? true;
  return target === undefined ? undefined : { target, host, body };
}

function readHttps(reader: AnnotationReader): IngressSettings['https'] {
  const redirect = reader.read('ssl-redirect', formats.flag) ?? true;
  const force = reader.read('force-ssl-redirect', formats.flag) ?? false;
  return force ? 'always' : redirect ? 'with-tls' : 'never';
}

/** Complains about what cannot be done. */
function reportUnsupported(reader: AnnotationReader): void {
  for (const name of reader.names) {
    if (isSupported(name)) continue;
    if (snippets.includes(name)) reader.unsupported(name, ': snippets are never executed');
    else if (name === 'ssl-passthrough') {
      reader.unsupportedRestriction(
        name,
        'remove it, and use backend-protocol HTTPS or a Service of type LoadBalancer',
      );
    } else if (protections.test(name) && !harmless.test(name)) reader.unsupportedRestriction(name, 'remove it');
    else reader.unsupported(name, ' and has no effect');
  }
}

function readRedirect(reader: AnnotationReader): Extract<Action, { readonly kind: 'redirect' }> | undefined {
  const temporal = reader.read('temporal-redirect', formats.redirectUrl);
  const permanent = reader.read('permanent-redirect', formats.redirectUrl);
  const temporalStatus = reader.read('temporal-redirect-code', formats.redirectStatus) ?? 302;
  const permanentStatus = reader.read('permanent-redirect-code', formats.redirectStatus) ?? 301;
  if (temporal !== undefined) return { kind: 'redirect', status: temporalStatus, location: temporal };
  return permanent === undefined ? undefined : { kind: 'redirect', status: permanentStatus, location: permanent };
}

const usualMethods = ['GET', 'PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS'];
const usualHeaders = formats.headerNames.parse(
  'DNT,Keep-Alive,User-Agent,X-Requested-With,If-Modified-Since,Cache-Control,Content-Type,Range,Authorization',
);

function readCors(reader: AnnotationReader): Cors | undefined {
  const enabled = reader.read('enable-cors', formats.flag) ?? false;
  const cors: Cors = {
    origins: reader.read('cors-allow-origin', formats.origins) ?? (reader.has('cors-allow-origin') ? [] : 'any'),
    methods: reader.read('cors-allow-methods', formats.methods) ?? usualMethods,
    headers: reader.read('cors-allow-headers', formats.headerNames) ?? usualHeaders ?? [],
    exposeHeaders: reader.read('cors-expose-headers', formats.headerNames) ?? [],
    credentials: reader.read('cors-allow-credentials', formats.flag) ?? true,
    maxAge: reader.read('cors-max-age', formats.count) ?? 1_728_000,
  };
  return enabled ? cors : undefined;
}
