import type { IncomingMessage } from 'node:http';

/** Headers of one connection, not of the message (RFC 9110 section 7.6.1). */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);
/** Credentials for this server, which the proxied one must not see. */
const secret = new Set(['authorization']);
const isSecret = (name: string): boolean => secret.has(name) || name.startsWith('impersonate-');
/** Sharing rules between origins are this server's to make. */
const crossOrigin = new Set([
  'access-control-allow-credentials',
  'access-control-allow-headers',
  'access-control-allow-methods',
  'access-control-allow-origin',
]);

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Those named by `Connection` are of the connection as well. */
function named(headers: Headers): ReadonlySet<string> {
  return new Set(
    String(headers['connection'] ?? '')
      .toLowerCase()
      .split(/\s*,\s*/),
  );
}

export interface Forwarding {
  /** The path that stands in front of the proxied one: `/api/v1/…/proxy`. */
  readonly prefix: string;
  /** The path asked of the proxied server. */
  readonly path: string;
  readonly keepUpgrade?: boolean;
}

/** A client's headers as the proxied server gets them. */
export function requestHeaders(
  headers: Headers,
  { prefix, path, keepUpgrade = false }: Forwarding,
): Record<string, string | string[]> {
  const dropped = named(headers);
  const result: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || name.startsWith(':') || isSecret(name)) continue;
    if (!keepUpgrade && (hopByHop.has(name) || dropped.has(name))) continue;
    result[name] = typeof value === 'string' ? value : [...value];
  }
  const host = headers['host'] ?? headers[':authority'];
  if (typeof host === 'string') result['host'] = host;
  const [plain = ''] = path.split('?', 1);
  result['x-forwarded-uri'] = `${prefix}${plain}`;
  if (typeof host === 'string') result['x-forwarded-host'] = host;
  result['x-forwarded-proto'] = 'https';
  return result;
}

/** The proxied server's headers as the client gets them; `location` is rewritten by the caller's rule. */
export function responseHeaders(
  response: IncomingMessage,
  rewriteLocation: (location: string) => string,
): Record<string, string | readonly string[]> {
  const dropped = named(response.headers);
  const result: Record<string, string | readonly string[]> = {};
  for (const [name, values = []] of Object.entries(response.headersDistinct)) {
    if (hopByHop.has(name) || dropped.has(name) || crossOrigin.has(name)) continue;
    const [first = ''] = values;
    result[name] = name === 'location' ? rewriteLocation(first) : values.length === 1 ? first : values;
  }
  return result;
}

/**
 * A redirect of a proxied server, made to lead through the proxy again: one to a path of its own gets the prefix, one
 * to elsewhere or relative to the page stays.
 */
export function rewriteLocation(location: string, prefix: string, hosts: readonly string[]): string {
  const absolute = /^(?:[a-z][a-z0-9+.-]*:)?\/\/([^/?#]*)(.*)$/i.exec(location);
  if (absolute !== null && !hosts.includes(absolute[1] ?? '')) return location;
  const rest = absolute === null ? location : absolute[2] === '' ? '/' : (absolute[2] ?? '/');
  if (!rest.startsWith('/') || rest.startsWith(`${prefix}/`)) return absolute === null ? location : rest;
  return `${prefix}${rest}`;
}
