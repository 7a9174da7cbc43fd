import { cidrs, count, flag, headerNames, seconds, size } from '../annotations/formats.ts';
import type { Format } from '../annotations/reader.ts';
import { logFormat } from './log-format.ts';

const between = (least: number, most: number): Format<number> => ({
  expects: `a number from ${least} to ${most}`,
  parse: (text) => (/^\d{1,9}$/.test(text) && Number(text) >= least && Number(text) <= most ? Number(text) : undefined),
});

/** As nginx writes times, e.g. `90s`, `10m`; in seconds. */
const duration: Format<number> = {
  expects: 'a time such as "90s", "10m" or "1h"',
  parse: (text) => {
    const [, digits = '', unit = ''] = /^(\d{1,6})([smhd]?)$/.exec(text) ?? [];
    const factor = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 }[unit];
    return digits === '' || factor === undefined ? undefined : Number(digits) * factor;
  },
};

const oneOf = <T extends string>(...known: readonly T[]): Format<T> => ({
  expects: `one of ${known.join(', ')}`,
  parse: (text) => known.find((one) => one === text),
});

/** Words in between spaces or commas, all of which `is` must take. */
const list = (what: string, is: (word: string) => boolean): Format<readonly string[]> => ({
  expects: `a list of ${what}`,
  parse: (text) => {
    const words = text.split(/[\s,]+/).filter((word) => word !== '');
    return words.length > 0 && words.every(is) ? [...new Set(words)] : undefined;
  },
});

const protocols = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];
const failures = [
  'error',
  'timeout',
  'invalid_header',
  'non_idempotent',
  'off',
  ...['500', '502', '503', '504', '403', '404', '429'].map((status) => `http_${status}`),
];

/** A name for OpenSSL, as in `ECDHE-RSA-AES128-GCM-SHA256:!aNULL`. */
const ciphers: Format<string> = {
  expects: 'a list of ciphers as OpenSSL has it',
  parse: (text) => (/^[A-Za-z0-9+!@=_:-]{1,1500}$/.test(text) ? text : undefined),
};

/** `4 8k`: how many, and how large. */
const buffers: Format<{ readonly count: number; readonly size: number }> = {
  expects: 'a number and a size, such as "4 8k"',
  parse: (text) => {
    const [number = '', bytes = '', ...rest] = text.split(/\s+/);
    const found = size.parse(bytes);
    const isCount = /^[1-9]\d{0,2}$/.test(number);
    return isCount && rest.length === 0 && found !== undefined && found >= 256
      ? { count: Number(number), size: found }
      : undefined;
  },
};

const memory = (least: number): Format<number> => ({
  expects: `a size of at least ${least} bytes, such as "8k"`,
  parse: (text) => {
    const bytes = size.parse(text);
    return bytes !== undefined && bytes >= least && bytes <= 1024 ** 3 ? bytes : undefined;
  },
});

/** Texts that a header may hold, or where they begin with `~` expressions of the simplest kind. */
const agents: Format<readonly string[]> = {
  expects:
    'a comma-separated list of texts, or "~" and an expression of letters, digits, ".", "*", "+", "?", "|", "^", "$"',
  parse: (text) => {
    const items = text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
    // No groups and no repeats of repeats: an expression that many clients meet must be quick.
    const isGood = (item: string): boolean =>
      /^(?:~\*?[\w ./:|^$-]{1,200}|[^~"'\\{};$\s][^"'\\{};$]{0,200})$/.test(item);
    return items.length > 0 && items.every(isGood) ? items : undefined;
  },
};

/**
 * The keys of ingress-nginx's ConfigMap that count here, with what their values must look like. A key whose absence
 * would open what its author means to close is in `protections`, too.
 */
export const globalKeys = {
  // Clients
  'client-header-timeout': seconds,
  'client-body-timeout': seconds,
  'client-header-buffer-size': memory(256),
  'large-client-header-buffers': buffers,
  'keep-alive': count,
  'keep-alive-requests': between(1, 1_000_000),
  'server-tokens': flag,
  'enable-underscores-in-headers': flag,
  'ignore-invalid-headers': flag,
  'use-http2': flag,
  'http2-max-concurrent-streams': between(1, 10_000),
  'use-gzip': flag,
  'gzip-level': between(1, 9),
  'gzip-min-length': count,
  'gzip-types': list('media types', (word) => word === '*' || /^[\w.+-]+\/[\w.+*-]+$/.test(word)),
  'use-proxy-protocol': flag,
  'use-forwarded-headers': flag,
  'enable-real-ip': flag,
  'compute-full-forwarded-for': flag,
  'forwarded-for-header': {
    expects: "a header's name",
    parse: (text) => (headerNames.parse(text)?.length === 1 ? headerNames.parse(text)?.[0] : undefined),
  } satisfies Format<string>,
  'proxy-real-ip-cidr': cidrs,
  'whitelist-source-range': cidrs,
  'allowlist-source-range': cidrs,
  'denylist-source-range': cidrs,
  'block-cidrs': cidrs,
  'block-user-agents': agents,
  'block-referers': agents,
  // TLS
  'ssl-protocols': list(`protocols (${protocols.join(', ')})`, (word) => protocols.includes(word)),
  'ssl-ciphers': ciphers,
  'ssl-session-cache': flag,
  'ssl-session-cache-size': memory(65_536),
  'ssl-session-timeout': duration,
  'ssl-session-tickets': flag,
  'ssl-buffer-size': memory(1024),
  'ssl-redirect': flag,
  'force-ssl-redirect': flag,
  'http-redirect-code': oneOf('301', '302', '307', '308'),
  hsts: flag,
  'hsts-max-age': count,
  'hsts-include-subdomains': flag,
  'hsts-preload': flag,
  // Backends
  'proxy-body-size': size,
  'proxy-connect-timeout': seconds,
  'proxy-read-timeout': seconds,
  'proxy-send-timeout': seconds,
  'proxy-buffer-size': memory(1024),
  'proxy-next-upstream': list(`reasons (${failures.join(', ')})`, (word) => failures.includes(word)),
  'proxy-next-upstream-tries': count,
  'proxy-next-upstream-timeout': count,
  'retry-non-idempotent': flag,
  'upstream-keepalive-connections': between(1, 10_000),
  'upstream-keepalive-timeout': seconds,
  'upstream-keepalive-requests': between(1, 10_000_000),
  'limit-rate': size,
  'limit-rate-after': size,
  'limit-req-status-code': between(400, 599),
  'limit-conn-status-code': between(400, 599),
  // Processes and logs
  'worker-processes': {
    expects: '"auto" or a number from 1 to 64',
    parse: (text) => (text === 'auto' ? 'auto' : between(1, 64).parse(text)),
  } satisfies Format<number | 'auto'>,
  'max-worker-connections': between(16, 1_000_000),
  'max-worker-open-files': between(64, 1_000_000),
  'worker-shutdown-timeout': duration,
  'enable-multi-accept': flag,
  'disable-access-log': flag,
  'log-format-upstream': logFormat,
  'log-format-escape-json': flag,
  'error-log-level': oneOf('info', 'notice', 'warn', 'error', 'crit', 'alert', 'emerg'),
} as const satisfies Record<string, Format<unknown>>;

type Value<F> = F extends Format<infer T> ? T : never;
/** What the ConfigMap says; what is missing is as it is by default. */
export type GlobalSettings = { readonly [Key in keyof typeof globalKeys]?: Value<(typeof globalKeys)[Key]> };

/** Whoever writes these wants to keep people out: where they are not understood, nobody gets in. */
export const protections =
  /^(?:(?:whitelist|allowlist|denylist)-source-range|block-(?:cidrs|user-agents|referers)|global-auth-(?:url|signin)|(?:enable-)?modsecurity.*|enable-owasp.*)$/;
