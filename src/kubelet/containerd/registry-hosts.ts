import { toml } from './config.ts';

export interface RegistryEndpoint {
  /** `https://host:port` or `http://host:port`. */
  readonly url: string;
  /** The URL has the path that the registry's API stands under: nothing is put before a repository's name. */
  readonly overridePath?: boolean;
  readonly caFile?: string;
  readonly clientCertificate?: { readonly certificateFile: string; readonly keyFile: string };
}

export interface RegistryHostsOptions {
  /** The cluster's own registry, where it has images of a registry: asked before anybody else. */
  readonly cluster: Readonly<Record<string, RegistryEndpoint>>;
  /** The user's mirrors by registry name, e.g. `docker.io`. */
  readonly mirrors: Readonly<Record<string, readonly RegistryEndpoint[]>>;
}

/** The addresses at which registries are reached whose name is not their address. */
const servers: Readonly<Record<string, string>> = { 'docker.io': 'https://registry-1.docker.io' };

/**
 * The files of containerd's registry folder, by relative path: which endpoints it asks, in which order, for the images
 * of a registry. Of a registry not named it asks the one that the name says.
 */
export function registryHosts(options: RegistryHostsOptions): Readonly<Record<string, string>> {
  const names = new Set(['docker.io', ...Object.keys(options.cluster), ...Object.keys(options.mirrors)]);
  return Object.fromEntries([...names].map((name) => [`${name}/hosts.toml`, hostsFile(name, options)]));
}

function hostsFile(name: string, options: RegistryHostsOptions): string {
  const own = options.cluster[name];
  const endpoints = [...(own === undefined ? [] : [own]), ...(options.mirrors[name] ?? [])];
  return [`server = ${toml(servers[name] ?? `https://${name}`)}`, ...endpoints.flatMap(hostTable), ''].join('\n');
}

function hostTable(endpoint: RegistryEndpoint): string[] {
  const { url, caFile, clientCertificate } = endpoint;
  return [
    '',
    `[host.${toml(url)}]`,
    '  capabilities = ["pull", "resolve"]',
    ...(endpoint.overridePath === true ? ['  override_path = true'] : []),
    ...(caFile === undefined ? [] : [`  ca = ${toml(caFile)}`]),
    ...(clientCertificate === undefined
      ? []
      : [`  client = [${toml([clientCertificate.certificateFile, clientCertificate.keyFile])}]`]),
  ];
}
