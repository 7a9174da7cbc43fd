import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { prepareRegistry } from '../images/registry.ts';
import { registryFolder, registryOfFolder } from '../images/image-name.ts';
import type { RegistryEndpoint } from '../kubelet/containerd/registry-hosts.ts';
import { gatewayAddress } from '../network/layout.ts';
import { registryPort } from './addresses.ts';
import { componentNames } from './components.ts';
import type { ClusterConfig } from './config.ts';
import type { ClusterPaths } from './paths.ts';
import { pkiFiles } from './pki/plan.ts';
import type { Component } from './supervisor/component.ts';

/** Where the cluster's registry listens, as `ADDRESS:PORT`. */
export function registryServer(config: Pick<ClusterConfig, 'subnet'>): string {
  return `${gatewayAddress(config)}:${registryPort}`;
}

/** The process of the cluster's registry; writes its configuration. */
export function registryComponent(config: ClusterConfig, paths: ClusterPaths): Component {
  const { registry, authority } = pkiFiles(paths.pki);
  const argv = prepareRegistry({
    directory: paths.registry,
    address: gatewayAddress(config),
    port: registryPort,
    tls: { cert: registry.certificateFile, key: registry.keyFile, ca: authority.certificateFile },
  });
  const name = componentNames.registry;
  return { name, argv, env: {}, log: join(paths.logs, `${name}.log`), stopTimeoutMs: 3000 };
}

/** The registries (`docker.io`, …) of which the cluster's registry has images. */
export function loadedRegistries(paths: Pick<ClusterPaths, 'registry'>): readonly string[] {
  const repositories = join(paths.registry, 'images/docker/registry/v2/repositories');
  return existsSync(repositories) ? readdirSync(repositories).map(registryOfFolder) : [];
}

/** How a node's containerd reaches the cluster's registry for images of `registry`. */
export function clusterRegistryEndpoint(
  config: ClusterConfig,
  paths: ClusterPaths,
  registry: string,
): RegistryEndpoint {
  const { authority, registryClient } = pkiFiles(paths.pki);
  return {
    url: `https://${registryServer(config)}/v2/${registryFolder(registry)}`,
    overridePath: true,
    caFile: authority.certificateFile,
    clientCertificate: registryClient,
  };
}
