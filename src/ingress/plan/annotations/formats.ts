import type { BackendProtocol, Origin, RedirectStatus } from '../../model/route-table.ts';
import { backendProtocols, redirectStatuses } from '../../model/route-table.ts';
import type { Authority, Cidr, HeaderName, LiteralPath, Template } from '../../model/values.ts';
import {
  isLabel,
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
    return digits === '' ? undefined : Number(digits) * units[unit.toLowerCase() as keyof typeof units];
  },
};

export const path: Format<LiteralPath> = { expects: 'an absolute path', parse: parsePath };

export const rewriteTarget: Format<Template> = {
  expects: 'an absolute path that may repeat groups of the pattern as $1 to $9',
  parse: (text) => (/^(?:\/|\$[1-9])/.test(text) && !/\s/.test(text) ? parseTemplate(text, []) : undefined),
};

export const redirectUrl: Format<Template> = {
  expects: 'an http or https URL, in which $request_uri, $host, $scheme and $args may stand',
  parse: (text) => {
    const parts = parseTemplate(text, ['request_uri', 'host', 'scheme', 'args']);
    if (parts === undefined || /[\s"<>\\^`{|}]/.test(text)) return undefined;
    if (parts.some((part) => 'capture' in part)) return undefined;
    const example = parts.map((part) => {
      if ('literal' in part) return part.literal;
      return 'variable' in part && part.variable === 'scheme' ? 'https' : 'x';
    });
    return /^https?:\/\/./.test(example.join('')) && URL.canParse(example.join('')) ? parts : undefined;
  },
};

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
