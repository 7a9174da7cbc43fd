import type { Environment } from '@marcbachmann/cel-js';
import type { IpAddress, IpRange } from '../../../api/values/ip-range.ts';
import { formatIp, parseIp, parseRange, rangeContains } from '../../../api/values/ip-range.ts';
import { CelValueError } from '../values.ts';

const sync = { async: false };

class CelIp {
  readonly value: IpAddress;
  constructor(value: IpAddress) {
    this.value = value;
  }
}
class CelCidr {
  readonly value: IpRange;
  constructor(value: IpRange) {
    this.value = value;
  }
}
class CelUrl {
  readonly value: URL;
  constructor(value: URL) {
    this.value = value;
  }
}

function readIp(text: string): CelIp {
  const value = parseIp(text);
  if (value === undefined)
    throw new CelValueError(`IP Address ${JSON.stringify(text)} parse error during conversion from string`);
  return new CelIp(value);
}

function readCidr(text: string): CelCidr {
  const value = parseRange(text);
  if (value === undefined) throw new CelValueError('network address parse error during conversion from string');
  return new CelCidr(value);
}

/** Absolute, or a path from the root. */
function tryUrl(text: string): URL | undefined {
  if (text.startsWith('/')) return URL.parse(text, 'none:///') ?? undefined;
  return URL.parse(text) ?? undefined;
}

function readUrl(text: string): CelUrl {
  const value = tryUrl(text);
  if (value === undefined) throw new CelValueError(`URL parse error during conversion from string: ${text}`);
  return new CelUrl(value);
}

const family = (value: IpAddress): bigint => (value.family === 'IPv4' ? 4n : 6n);
const within = (range: string) => {
  const parsed = parseRange(range);
  return ({ value }: CelIp): boolean => parsed !== undefined && rangeContains(parsed, value);
};
const isAny = (...ranges: string[]) => {
  const tests = ranges.map(within);
  return (ip: CelIp): boolean => tests.some((test) => test(ip));
};

type Define = (signature: string, handler: (...args: never[]) => unknown) => void;

function addIpFunctions(environment: Environment, define: Define): void {
  const own = 'net.IP';
  environment.registerType(own, { ctor: CelIp, fields: {} });
  environment.registerOperator(
    `${own} == ${own}`,
    (a: CelIp, b: CelIp) => a.value.bits === b.value.bits && a.value.family === b.value.family,
  );
  const special = isAny(
    '0.0.0.0/32',
    '::/128',
    '127.0.0.0/8',
    '::1/128',
    '224.0.0.0/4',
    'ff00::/8',
    '169.254.0.0/16',
    'fe80::/10',
  );
  define(`ip(string): ${own}`, readIp);
  environment.registerType('IpNamespace', IpNamespace);
  environment.registerConstant('ip', 'IpNamespace', new IpNamespace());
  define('IpNamespace.isCanonical(string): bool', (_: unknown, text: string) => formatIp(readIp(text).value) === text);
  define('isIP(string): bool', (text: string) => parseIp(text) !== undefined);
  define(`string(${own}): string`, ({ value }: CelIp) => formatIp(value));
  define(`${own}.family(): int`, ({ value }: CelIp) => family(value));
  define(`${own}.isUnspecified(): bool`, isAny('0.0.0.0/32', '::/128'));
  define(`${own}.isLoopback(): bool`, isAny('127.0.0.0/8', '::1/128'));
  define(`${own}.isLinkLocalMulticast(): bool`, isAny('224.0.0.0/24', 'ff02::/16'));
  define(`${own}.isLinkLocalUnicast(): bool`, isAny('169.254.0.0/16', 'fe80::/10'));
  define(`${own}.isGlobalUnicast(): bool`, (ip: CelIp) => !special(ip) && formatIp(ip.value) !== '255.255.255.255');
}

function addCidrFunctions(environment: Environment, define: Define): void {
  const own = 'net.CIDR';
  environment.registerType(own, { ctor: CelCidr, fields: {} });
  define(`cidr(string): ${own}`, readCidr);
  define('isCIDR(string): bool', (text: string) => parseRange(text) !== undefined);
  define(`${own}.containsIP(net.IP): bool`, (range: CelCidr, ip: CelIp) => rangeContains(range.value, ip.value));
  define(`${own}.containsIP(string): bool`, (range: CelCidr, ip: string) =>
    rangeContains(range.value, readIp(ip).value),
  );
  define(`${own}.containsCIDR(${own}): bool`, (a: CelCidr, b: CelCidr) => rangeContains(a.value, b.value));
  define(`${own}.containsCIDR(string): bool`, (a: CelCidr, b: string) => rangeContains(a.value, readCidr(b).value));
  define(`${own}.ip(): net.IP`, ({ value }: CelCidr) => new CelIp({ family: value.family, bits: value.bits }));
  define(`${own}.prefixLength(): int`, ({ value }: CelCidr) => BigInt(value.length));
}

function addUrlFunctions(environment: Environment, define: Define): void {
  const own = 'kubernetes.URL';
  environment.registerType(own, { ctor: CelUrl, fields: {} });
  environment.registerOperator(`${own} == ${own}`, (a: CelUrl, b: CelUrl) => a.value.href === b.value.href);
  define(`url(string): ${own}`, readUrl);
  define('isURL(string): bool', (text: string) => tryUrl(text) !== undefined);
  define(`${own}.getScheme(): string`, ({ value }: CelUrl) => value.protocol.replace(/^none:|:$/g, ''));
  define(`${own}.getHost(): string`, ({ value }: CelUrl) => value.host);
  define(`${own}.getHostname(): string`, ({ value }: CelUrl) => value.hostname.replace(/^\[|\]$/g, ''));
  define(`${own}.getPort(): string`, ({ value }: CelUrl) => value.port);
  define(`${own}.getEscapedPath(): string`, ({ value }: CelUrl) => value.pathname);
  define(`${own}.getQuery(): map<string, list<string>>`, ({ value }: CelUrl) => {
    const names = new Set(value.searchParams.keys());
    return Object.fromEntries([...names].map((name) => [name, value.searchParams.getAll(name)]));
  });
}

/** IP addresses, ranges of them, and URLs: https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-ip-address-library */
export function addNetworkFunctions(environment: Environment): void {
  const define: Define = (signature, handler) => void environment.registerFunction(signature, handler, sync);
  addIpFunctions(environment, define);
  addCidrFunctions(environment, define);
  addUrlFunctions(environment, define);
}

/** What `ip` is where it is no function. */
class IpNamespace {
  readonly name = 'ip';
}
