import type { Secret } from '../../api/core/secret.schema.ts';
import { parseImageReference } from './reference.ts';

/** What a registry asks for before it hands out an image. */
export interface RegistryCredentials {
  readonly username: string;
  readonly password: string;
  readonly identityToken: string;
  readonly serverAddress: string;
}

interface Entry {
  readonly auth?: unknown;
  readonly username?: unknown;
  readonly password?: unknown;
  readonly identitytoken?: unknown;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

function entries(secret: Secret): readonly (readonly [string, Entry])[] {
  const data = secret.data ?? {};
  const read = (key: string): unknown => {
    const encoded = data[key];
    if (encoded === undefined) return undefined;
    try {
      return JSON.parse(Buffer.from(encoded, 'base64').toString('utf8'));
    } catch {
      // The API server refuses such a Secret of these types; one of another type is not meant for this.
      return undefined;
    }
  };
  const file =
    secret.type === 'kubernetes.io/dockerconfigjson'
      ? (read('.dockerconfigjson') as { auths?: unknown } | undefined)?.auths
      : secret.type === 'kubernetes.io/dockercfg'
        ? read('.dockercfg')
        : undefined;
  return typeof file === 'object' && file !== null ? Object.entries(file as Record<string, Entry>) : [];
}

function credentials(address: string, entry: Entry): RegistryCredentials {
  const decoded = Buffer.from(text(entry.auth), 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  const fromAuth = colon >= 0;
  return {
    username: fromAuth ? decoded.slice(0, colon) : text(entry.username),
    password: fromAuth ? decoded.slice(colon + 1) : text(entry.password),
    identityToken: text(entry.identitytoken),
    serverAddress: address,
  };
}

/** Splits `https://HOST[:PORT]/PATH` and shorter forms; the versions of Docker's own API are no path. */
function splitAddress(address: string): { host: string; port: string; path: string } {
  const bare = address.replace(/^https?:\/\//, '').replace(/\/+$/, '');
  const slash = bare.indexOf('/');
  const authority = slash < 0 ? bare : bare.slice(0, slash);
  const path = slash < 0 ? '' : bare.slice(slash);
  const colon = authority.lastIndexOf(':');
  return {
    host: colon < 0 ? authority : authority.slice(0, colon),
    port: colon < 0 ? '' : authority.slice(colon + 1),
    path: /^\/v[12](?:\/|$)/.test(path) ? '' : path,
  };
}

/** `*` stands for one label or a part of one, as in `*.example.com`. */
function hostMatches(pattern: string, host: string): boolean {
  const [wanted, given] = [pattern.split('.'), host.split('.')];
  if (wanted.length !== given.length) return false;
  return wanted.every((part, index) => {
    const escaped = part.replaceAll(/[^*?]/g, (char) => char.replaceAll(/[\\^$.|+()[\]{}]/g, '\\$&'));
    return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`).test(given[index] ?? '');
  });
}

/**
 * What the Secrets offer for an image, the most specific address first; empty when nothing fits. The rules are those of
 * https://kubernetes.io/docs/concepts/containers/images/#config-json.
 */
export function credentialsFor(image: string, secrets: readonly Secret[]): readonly RegistryCredentials[] {
  const reference = parseImageReference(image);
  if (reference === undefined) return [];
  const wanted = splitAddress(`${reference.registry}/${reference.repository}`);
  const dockerHub = reference.registry === 'docker.io';
  const fitting = secrets.flatMap(entries).filter(([address]) => {
    const { host, port, path } = splitAddress(address);
    if (dockerHub && ['index.docker.io', 'registry-1.docker.io'].includes(host)) return true;
    return hostMatches(host, wanted.host) && port === wanted.port && wanted.path.startsWith(path);
  });
  return fitting
    .toSorted(([a], [b]) => (a === b ? 0 : a < b ? 1 : -1))
    .map(([address, entry]) => credentials(address, entry));
}
