import { isIPv4, isIPv6 } from 'node:net';
import { formatRange, parseRange } from '../../system/ipv4.ts';

/**
 * The kinds of text that a route may carry. Each has one parser, and only the parser makes one: what an author of
 * an Ingress wrote reaches a proxy's configuration as one of these or not at all.
 */
declare const parsed: unique symbol;
type Parsed<Kind extends string> = string & { readonly [parsed]: Kind };

/** A DNS name in lower case, without wildcard. */
export type HostName = Parsed<'host'>;
/** An absolute URL path, percent-decoded, without control characters. */
export type LiteralPath = Parsed<'path'>;
/** A Perl-compatible regular expression that begins with `/`, without named groups and verbs. */
export type PathPattern = Parsed<'pattern'>;
/** An IPv4 or IPv6 range in its usual notation. */
export type Cidr = Parsed<'cidr'>;
/** An HTTP header's name. */
export type HeaderName = Parsed<'header'>;
/** The value of a `Host` header: a DNS name or an IPv4 address, and a port where one was given. */
export type Authority = Parsed<'authority'>;

/** nginx reads a configuration in pieces of 4 KiB, escapes included; no token may be longer. */
const longestText = 1500;
const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const hostPattern = new RegExp(`^${label}(?:\\.${label})*$`);

/** True for text that can stand on one line: no control character, no half of a surrogate pair, not too long. */
export function isPrintable(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
  return text.length <= longestText && text.isWellFormed() && !/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(text);
}

/** Reads a DNS name; undefined for anything else. */
export function parseHostName(text: string): HostName | undefined {
  const name = text.toLowerCase();
  return name.length <= 253 && hostPattern.test(name) ? (name as HostName) : undefined;
}

/** Reads an absolute path, decoding its percent-encoding; undefined for anything else. */
export function parsePath(text: string): LiteralPath | undefined {
  let path: string;
  try {
    path = decodeURIComponent(text);
  } catch {
    return undefined;
  }
  if (!path.startsWith('/') || !isPrintable(path)) return undefined;
  // Requests are compared after `.`, `..` and `//` are resolved, so such a path could never match.
  const segments = path.split('/').slice(1);
  const empty = segments.slice(0, -1).includes('');
  return empty || segments.includes('.') || segments.includes('..') ? undefined : (path as LiteralPath);
}

/**
 * Reads a regular expression on paths; undefined for one that does not begin with `/`, and for groups with names,
 * which would set variables, and verbs, which would change limits.
 */
export function parsePattern(text: string): PathPattern | undefined {
  if (!text.startsWith('/') || !isPrintable(text)) return undefined;
  return /\(\?P|\(\?<(?![=!])|\(\?'|\(\*|\(\?C/.test(text) ? undefined : (text as PathPattern);
}

/** Reads `10.0.0.0/8`, `2001:db8::/32` or a single address; undefined for anything else. */
export function parseCidr(text: string): Cidr | undefined {
  const trimmed = text.trim();
  const range = parseRange(trimmed);
  if (range !== undefined) return formatRange(range) as Cidr;
  const [address = '', bits, ...rest] = trimmed.split('/');
  if (rest.length > 0 || !isIPv6(address) || address.includes('%')) return undefined;
  if (bits === undefined) return address as Cidr;
  return /^\d{1,3}$/.test(bits) && Number(bits) <= 128 ? (`${address}/${Number(bits)}` as Cidr) : undefined;
}

/** Reads an HTTP header's name; undefined for anything else. */
export function parseHeaderName(text: string): HeaderName | undefined {
  return /^[A-Za-z0-9-]{1,100}$/.test(text) ? (text as HeaderName) : undefined;
}

/** Reads `name`, `name:port` or an IPv4 address in place of the name; undefined for anything else. */
export function parseAuthority(text: string): Authority | undefined {
  const [name = '', port, ...rest] = text.split(':');
  if (rest.length > 0 || (!isIPv4(name) && parseHostName(name) === undefined)) return undefined;
  if (port !== undefined && parsePort(port) === undefined) return undefined;
  return text.toLowerCase() as Authority;
}

/** Reads a decimal port number; undefined for anything else. */
export function parsePort(text: string): number | undefined {
  return /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535 ? Number(text) : undefined;
}

/** Whether a host, in lower case, is the machine itself: its own services are nobody's backend. */
export function isLoopback(host: string): boolean {
  return (
    host === 'localhost' || host.endsWith('.localhost') || /^(?:127|0)\./.test(host) || host.startsWith('169.254.')
  );
}

/** Whether a text is the name of a namespace or a Service. */
export function isLabel(text: string): boolean {
  return text.length <= 63 && /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(text);
}

/** A piece of a text that is put together for each request. */
export type TemplatePart =
  | { readonly literal: string }
  /** What the n-th group of the route's pattern matched. */
  | { readonly capture: number }
  | { readonly variable: TemplateVariable };
export type Template = readonly TemplatePart[];

/** What a redirect may repeat of the request; none of them can hold a line break. */
export type TemplateVariable =
  | 'request_uri'
  | 'escaped_request_uri'
  | 'uri'
  | 'host'
  | 'http_host'
  | 'scheme'
  | 'args'
  | 'is_args'
  | 'remote_addr'
  | 'binary_remote_addr'
  | 'request_method'
  | `arg_${string}`
  | `http_${string}`
  | `cookie_${string}`;

/**
 * Splits text at `$1` … `$9`, and at `variables` where they are allowed, or names that match `family`; undefined for
 * any other `$`.
 */
export function parseTemplate(
  text: string,
  variables: readonly TemplateVariable[],
  family?: RegExp,
): Template | undefined {
  if (!isPrintable(text)) return undefined;
  const parts: TemplatePart[] = [];
  for (const piece of text.split(/(\$(?:[0-9]|[a-z_][a-z0-9_]*|\{[a-z0-9_]+\})?)/)) {
    const name = piece.startsWith('${') ? piece.slice(2, -1) : piece.slice(1);
    const variable =
      variables.find((known) => known === name) ??
      (family?.test(name) === true ? (name as TemplateVariable) : undefined);
    if (!piece.startsWith('$')) {
      if (piece !== '') parts.push({ literal: piece });
    } else if (/^[1-9]$/.test(name)) parts.push({ capture: Number(name) });
    else if (variable !== undefined) parts.push({ variable });
    else return undefined;
  }
  return parts;
}
