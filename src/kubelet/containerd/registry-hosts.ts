import { toml } from './config.ts';

export interface RegistryEndpoint {
  /** `https://host:port` or `http://host:port`. */
  readonly url: string;
  readonly caFile?: string;
  readonly clientCertificate?: { readonly certificateFile: string; readonly keyFile: string };
}

export interface RegistryHostsOptions {
  /** The cluster's own registry: asked first, whatever registry an image names. */
  readonly cluster?: RegistryEndpoint;
  /** The user's mirrors by registry name, e.g. `docker.io`. */
  readonly mirrors: Readonly<Record<string, readonly RegistryEndpoint[]>>;
}

/** The addresses at which registries are reached whose name is not their address. */
const servers: Readonly<Record<string, string>> = { 'docker.io': 'https://registry-1.docker.io' };

/**
 * The files of containerd's registry folder, by relative path: which endpoints it asks, in which order, for the images
 * of a registry. Every registry not named falls under `_default`.
 */
export function registryHosts(options: RegistryHostsOptions): Readonly<Record<string, string>> {
  const names = new Set(['_default', 'docker.io', ...Object.keys(options.mirrors)]);
  return Object.fromEntries([...names].map((name) => [`${name}/hosts.toml`, hostsFile(name, options)]));
}

function hostsFile(name: string, options: RegistryHostsOptions): string {
  const endpoints = [...(options.cluster === undefined ? [] : [options.cluster]), ...(options.mirrors[name] ?? [])];
  const server = name === '_default' ? undefined : (servers[name] ?? `https://${name}`);
  return [...(server === undefined ? [] : [`server = ${toml(server)}`]), ...endpoints.flatMap(hostTable), ''].join('\n');
}

function hostTable(endpoint: RegistryEndpoint): string[] {
  const { url, caFile, clientCertificate } = endpoint;
  return [
    '',
    `[host.${toml(url)}]`,
    '  capabilities = ["pull", "resolve"]',
    ...(caFile === undefined ? [] : [`  ca = ${toml(caFile)}`]),
    ...(clientCertificate === undefined
      ? []
      : [`  client = [${toml([clientCertificate.certificateFile, clientCertificate.keyFile])}]`]),
  ];
}
