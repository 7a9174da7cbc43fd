import type { BackendProtocol, NextUpstream, Origin, RedirectStatus } from '../../model/route-table.ts';
import { backendProtocols, nextUpstreams, redirectStatuses } from '../../model/route-table.ts';
import type {
  Authority,
  Cidr,
  HeaderName,
  HostName,
  LiteralPath,
  Template,
  TemplateVariable,
} from '../../model/values.ts';
import {
  isLabel,
  isLoopback,
  isPrintable,
  parseAuthority,
  parseCidr,
  parseHeaderName,
  parseHostName,
  parsePath,
  parsePort,
  parseTemplate,
} from '../../model/values.ts';
import type { Format } from './reader.ts';

export const flag: Format<boolean> = {
  expects: '"true" or "false"',
  // As Go's strconv.ParseBool.
  parse: (text) => (/^(?:1|t|true)$/i.test(text) ? true : /^(?:0|f|false)$/i.test(text) ? false : undefined),
};

export const seconds: Format<number> = {
  expects: 'a number of seconds, without unit',
  parse: (text) => (/^\d{1,7}$/.test(text) && Number(text) > 0 ? Number(text) : undefined),
};

export const count: Format<number> = {
  expects: 'a number',
  parse: (text) => (/^\d{1,9}$/.test(text) ? Number(text) : undefined),
};

const units = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 } as const;

/** In bytes; 0 means no limit. */
export const size: Format<number> = {
  expects: 'a size such as "8m", "512k" or "0" for no limit',
  parse: (text) => {
    const [, digits = '', unit = ''] = /^(\d{1,10})([kmg]?)$/i.exec(text) ?? [];
    const bytes = Number(digits) * units[unit.toLowerCase() as keyof typeof units];
    // nginx does not start with more.
    return digits === '' || !Number.isSafeInteger(bytes) ? undefined : bytes;
  },
};

export const path: Format<LiteralPath> = { expects: 'an absolute path', parse: parsePath };

export const rewriteTarget: Format<Template> = {
  expects: 'an absolute path that may repeat groups of the pattern as $1 to $9',
  parse: (text) => (/^(?:\/|\$[1-9])/.test(text) && !/\s/.test(text) ? parseTemplate(text, []) : undefined),
};

export const redirectUrl: Format<Template> = {
  expects: 'an http or https URL, in which $request_uri, $host, $scheme and $args may stand',
  parse: (text) => urlTemplate(text, ['request_uri', 'host', 'http_host', 'scheme', 'args']),
};

function urlTemplate(text: string, variables: readonly TemplateVariable[]): Template | undefined {
  const parts = parseTemplate(text, variables);
  if (parts === undefined || /[\s"<>\\^`|]/.test(text)) return undefined;
  const example = parts.map((part) => {
    if ('literal' in part) return part.literal;
    if (!('variable' in part)) return 'x';
    return { scheme: 'https', request_uri: '/x' }[part.variable as string] ?? 'x';
  });
  if (parts.some((part) => 'capture' in part || ('literal' in part && /[{}]/.test(part.literal)))) return undefined;
  return /^https?:\/\/./.test(example.join('')) && URL.canParse(example.join('')) ? parts : undefined;
}

export const redirectStatus: Format<RedirectStatus> = {
  expects: `one of ${redirectStatuses.join(', ')}`,
  parse: (text) => redirectStatuses.find((status) => String(status) === text),
};

export const protocol: Format<BackendProtocol> = {
  expects: `one of ${backendProtocols.join(', ')}`,
  parse: (text) => backendProtocols.find((known) => known === text.toUpperCase()),
};

export const authority: Format<Authority> = { expects: 'a host name with an optional port', parse: parseAuthority };

export const cidrs: Format<readonly Cidr[]> = {
  expects: 'a comma-separated list of IP addresses and ranges',
  parse: (text) => listOf(text, parseCidr),
};

export const headerNames: Format<readonly HeaderName[]> = {
  expects: 'a comma-separated list of header names',
  parse: (text) => listOf(text, parseHeaderName),
};

export const methods: Format<readonly string[]> = {
  expects: 'a comma-separated list of HTTP methods',
  parse: (text) => listOf(text, (item) => (/^[A-Za-z]{1,20}$/.test(item) ? item.toUpperCase() : undefined)),
};

export const origins: Format<'any' | readonly Origin[]> = {
  expects: 'a comma-separated list of origins such as "https://example.com" or "https://*.example.com", or "*"',
  parse: (text) => (text.split(',').some((item) => item.trim() === '*') ? 'any' : listOf(text, parseOrigin)),
};

export const serviceName: Format<string> = {
  expects: 'the name of a Service in the same namespace',
  parse: (text) => (isLabel(text) ? text : undefined),
};

export const hostNames: Format<readonly HostName[]> = {
  expects: 'a comma-separated list of host names',
  parse: (text) => listOf(text, parseHostName),
};

export const hostName: Format<HostName> = { expects: 'a host name', parse: parseHostName };

/** A list of statuses that are errors. */
export const errorStatuses: Format<readonly number[]> = {
  expects: 'a comma-separated list of statuses from 400 to 599',
  parse: (text) => listOf(text, (item) => (/^[45]\d\d$/.test(item) ? Number(item) : undefined)),
};

export const headerName: Format<HeaderName> = { expects: 'the name of a header', parse: parseHeaderName };

/** Any text of one line. */
export const headerValue: Format<string> = {
  expects: 'a text of one line',
  parse: (text) => (isPrintable(text) ? text : undefined),
};

export const cookieName: Format<string> = {
  expects: 'the name of a cookie',
  parse: (text) => (/^[A-Za-z0-9_-]{1,100}$/.test(text) ? text : undefined),
};

export const parameterName: Format<string> = {
  expects: 'the name of a parameter',
  parse: (text) => (/^[A-Za-z0-9_.-]{1,100}$/.test(text) ? text : undefined),
};

/** A number that nginx takes wherever it wants one. */
export const smallCount: Format<number> = {
  expects: 'a number up to 65535',
  parse: (text) => (/^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : undefined),
};

/** Of one buffer, in bytes. */
export const bufferSize: Format<number> = {
  expects: 'a size from "1k" to "1m"',
  parse: (text) => {
    const bytes = size.parse(text) ?? 0;
    return bytes >= 1024 && bytes <= 1024 ** 2 ? bytes : undefined;
  },
};

/** Of a chain of certificates. */
export const depth: Format<number> = {
  expects: 'a number from 0 to 20',
  parse: (text) => (/^\d{1,2}$/.test(text) && Number(text) <= 20 ? Number(text) : undefined),
};

export const ciphers: Format<string> = {
  expects: 'a list of ciphers as OpenSSL has it',
  parse: (text) => (/^[A-Za-z0-9+!@=_:-]{1,1000}$/.test(text) ? text : undefined),
};

export const weight: Format<number> = {
  expects: 'a number from 0 to 1000000',
  parse: (text) => (/^\d{1,7}$/.test(text) && Number(text) <= 1_000_000 ? Number(text) : undefined),
};

/** A regular expression on the value of a header: those who write one for a path know which. */
export const expression: Format<string> = {
  expects: 'a regular expression without named groups',
  parse: (text) => (isPrintable(text) && !/\(\?P|\(\?<(?![=!])|\(\?'|\(\*|\(\?C/.test(text) ? text : undefined),
};

/** An expression on a certificate's subject. */
export const commonName: Format<string> = {
  expects: '"CN=" and a regular expression without named groups',
  parse: (text) => (text.startsWith('CN=') ? expression.parse(text) : undefined),
};

/** A URL for the client in which nothing stands for anything else. */
export const plainUrl: Format<string> = {
  expects: 'an http or https URL',
  parse: (text) => (urlTemplate(text, []) === undefined ? undefined : text),
};

export const method: Format<string> = {
  expects: 'an HTTP method',
  parse: (text) => (/^[A-Z]{1,20}$/.test(text) ? text : undefined),
};

/** One of some words. */
export function oneOf<const Word extends string>(...words: readonly Word[]): Format<Word> {
  return { expects: `one of ${words.join(', ')}`, parse: (text) => words.find((word) => word === text) };
}

/** Some of some words, in between spaces. */
export function someOf<const Word extends string>(...words: readonly Word[]): Format<readonly Word[]> {
  return {
    expects: `some of ${words.join(' ')}`,
    parse: (text) => {
      const found = listOf(text.replaceAll(' ', ','), (item) => words.find((word) => word === item));
      return found === undefined ? undefined : [...new Set(found)];
    },
  };
}

export const onOff: Format<boolean> = {
  expects: '"on" or "off"',
  parse: (text) => (text === 'on' ? true : text === 'off' ? false : undefined),
};

export const nextUpstream: Format<readonly NextUpstream[]> = someOf(...nextUpstreams);

const urlVariables = ['request_uri', 'escaped_request_uri', 'host', 'http_host', 'scheme', 'args'] as const;

/** The URL of somebody to ask: not of the node itself. */
export const serviceUrl: Format<Template> = {
  expects: 'an http or https URL that is not the node itself; $host, $scheme, $request_uri and $args may stand in it',
  parse: (text) => {
    const parts = urlTemplate(text, urlVariables);
    const [, name = ''] = /^https?:\/\/([^/:?#]*)/i.exec(text) ?? [];
    return name === '' || isLoopback(name.toLowerCase()) ? undefined : parts;
  },
};

/** As `serviceUrl`; where only an authority is given, the request's own path and query follow. */
export const mirrorUrl: Format<Template> = {
  expects: serviceUrl.expects,
  parse: (text) => {
    const parts = serviceUrl.parse(text);
    const isBare = /^https?:\/\/[^/?#$]*$/.test(text);
    return parts !== undefined && isBare ? [...parts, { variable: 'request_uri' }] : parts;
  },
};

/** A URL for the client. */
export const signInUrl: Format<Template> = {
  expects: 'an http or https URL, in which $host, $scheme, $request_uri, $escaped_request_uri and $args may stand',
  parse: (text) => urlTemplate(text, urlVariables),
};

/** What requests are told apart by. */
export const hashKey: Format<Template> = {
  expects: 'a text with variables such as $request_uri, $remote_addr, $arg_x, $http_x or $cookie_x',
  parse: (text) => {
    const parts = parseTemplate(text, hashVariables, /^(?:arg|http|cookie)_[a-z0-9_]{1,60}$/);
    return parts?.some((part) => 'variable' in part) === true ? parts : undefined;
  },
};
const hashVariables = [
  'request_uri',
  'uri',
  'host',
  'http_host',
  'scheme',
  'args',
  'remote_addr',
  'binary_remote_addr',
  'request_method',
] as const;

function parseOrigin(text: string): Origin | undefined {
  const [, scheme = '', star = '', name = '', port] =
    /^([a-z][a-z0-9+.-]{0,30}):\/\/(\*\.)?([^:/]+)(?::(\d+))?$/i.exec(text) ?? [];
  const host = parseHostName(name);
  const number = port === undefined ? undefined : parsePort(port);
  if (host === undefined || (port !== undefined && number === undefined)) return undefined;
  return { scheme: scheme.toLowerCase(), host, anyLabel: star !== '', port: number };
}

/** All items of a comma-separated list, or undefined where one of them is not what it should be. */
function listOf<T>(text: string, parse: (item: string) => T | undefined): readonly T[] | undefined {
  const items = text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
    .map(parse);
  const good = items.filter((item) => item !== undefined);
  return good.length === 0 || good.length < items.length ? undefined : good;
}
