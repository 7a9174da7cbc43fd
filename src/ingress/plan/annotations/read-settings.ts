import type { Action, BackendProtocol, Cors, Policy, ServiceBackend } from '../../model/route-table.ts';
import type { Authority, LiteralPath, Template } from '../../model/values.ts';
import * as formats from './formats.ts';
import type { AnnotationReader } from './reader.ts';

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
  /** Serves nothing by itself: it would change another Ingress's routes in a way that is not supported. */
  readonly isCanary: boolean;
}

/** Text that would go to nginx as it is: never executed, whatever it says (CVE-2021-25742 and its successors). */
const snippets = ['server-snippet', 'configuration-snippet', 'stream-snippet', 'auth-snippet'];
/** Without these a route would be open to people whom its author wants to keep out. */
const protections = /^(?:auth-(?!snippet)|modsecurity-|enable-modsecurity|satisfy$|enable-global-auth$)/;
const known = new Set([
  'ssl-redirect',
  'force-ssl-redirect',
  'use-regex',
  'rewrite-target',
  'app-root',
  'proxy-body-size',
  'proxy-connect-timeout',
  'proxy-read-timeout',
  'proxy-send-timeout',
  'backend-protocol',
  'enable-cors',
  'cors-allow-origin',
  'cors-allow-methods',
  'cors-allow-headers',
  'cors-allow-credentials',
  'cors-expose-headers',
  'cors-max-age',
  'whitelist-source-range',
  'allowlist-source-range',
  'denylist-source-range',
  'permanent-redirect',
  'permanent-redirect-code',
  'temporal-redirect',
  'temporal-redirect-code',
  'upstream-vhost',
  'default-backend',
  'canary',
]);

/** Reads all annotations of an Ingress in `namespace`. */
export function readSettings(reader: AnnotationReader, namespace: string): IngressSettings {
  const isCanary = reader.read('canary', formats.flag) ?? false;
  const mustRefuse = reportUnsupported(reader, isCanary);
  // ingress-nginx renamed the annotation; the older name is what most manifests have.
  const allowName = reader.has('allowlist-source-range') ? 'allowlist-source-range' : 'whitelist-source-range';
  const allow = reader.readStrictly(allowName, formats.cidrs);
  const deny = reader.readStrictly('denylist-source-range', formats.cidrs);
  const refused = mustRefuse || allow.wrong || deny.wrong;
  const rewrite = reader.read('rewrite-target', formats.rewriteTarget);
  const service = reader.read('default-backend', formats.serviceName);
  return {
    https: readHttps(reader),
    policy: {
      redirectToHttps: false,
      bodyLimit: reader.read('proxy-body-size', formats.size),
      timeouts: {
        connect: reader.read('proxy-connect-timeout', formats.seconds),
        read: reader.read('proxy-read-timeout', formats.seconds),
        send: reader.read('proxy-send-timeout', formats.seconds),
      },
      allow: allow.value,
      deny: deny.value ?? [],
      cors: readCors(reader),
    },
    usePatterns: (reader.read('use-regex', formats.flag) ?? false) || rewrite !== undefined,
    rewrite,
    appRoot: reader.read('app-root', formats.path),
    protocol: reader.read('backend-protocol', formats.protocol) ?? 'HTTP',
    host: reader.read('upstream-vhost', formats.authority),
    defaultBackend: service === undefined ? undefined : { kind: 'service', namespace, service, port: undefined },
    override: refused ? { kind: 'refuse' } : readRedirect(reader),
    isCanary,
  };
}

function readHttps(reader: AnnotationReader): IngressSettings['https'] {
  const redirect = reader.read('ssl-redirect', formats.flag) ?? true;
  const force = reader.read('force-ssl-redirect', formats.flag) ?? false;
  return force ? 'always' : redirect ? 'with-tls' : 'never';
}

/** Complains about what cannot be done; true where serving without it would open what is meant to be closed. */
function reportUnsupported(reader: AnnotationReader, isCanary: boolean): boolean {
  let refuse = false;
  for (const name of reader.names) {
    if (known.has(name) && !(name === 'canary' && isCanary)) continue;
    if (snippets.includes(name)) reader.unsupported(name, ': snippets are never executed');
    else if (protections.test(name)) {
      refuse = true;
      reader.unsupported(name, ': its routes answer 503, as they would be unprotected without it');
    } else if (name === 'canary') reader.unsupported(name, ': the rules of this Ingress are not served');
    else reader.unsupported(name, ' and has no effect');
  }
  return refuse;
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
