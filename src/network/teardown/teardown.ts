import { mkdir } from 'node:fs/promises';
import { returnSysctls } from '../host/borrowed-sysctls.ts';
import type { ApplyOptions } from '../host/apply.ts';
import { runIpBatch } from '../host/apply.ts';
import { releaseNamespaceDirectory } from '../host/namespace-directory.ts';
import { removeNamespace } from '../../system/namespaces.ts';
import { runNftables } from '../../system/nftables.ts';
import type { NetworkRemains } from './observe.ts';
import { findRemains } from './observe.ts';

export interface TeardownOptions extends ApplyOptions {
  readonly cluster: string;
  /** The nodes' range, where it is known; needed to find the routes when the bridge has gone already. */
  readonly subnet?: string;
}

/**
 * Removes a cluster's network from the host: namespaces, links, routes, tables, and settings that no other cluster
 * needs. Half of it, or nothing at all, is fine. Processes inside the nodes must have ended: the kernel keeps a
 * namespace alive for them.
 */
export async function teardownNetwork(options: TeardownOptions): Promise<void> {
  const { cluster, stateDirectory, subnet } = options;
  await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
  const remains = await findRemains(cluster, subnet);
  // Links go with their namespace a moment later; deleting them by name first leaves nothing to chance.
  await runIpBatch(removalLines(remains), stateDirectory);
  await runNftables(remains.tables.map((table) => `delete table ${table}\n`).join(''), { directory: stateDirectory });
  for (const namespace of remains.namespaces) await removeNamespace(namespace);
  await returnSysctls(stateDirectory, cluster);
  await releaseNamespaceDirectory(stateDirectory);
}

/** The iproute2 lines that take away links and routes: links first, while the routes still guard the subnet. */
export function removalLines({ links, routes }: Pick<NetworkRemains, 'links' | 'routes'>): readonly string[] {
  return [
    ...links.map((link) => `link delete dev ${link}`),
    ...routes.map(({ type, destination, metric }) => `route delete ${type} ${destination} metric ${metric}`),
  ];
}

/** Whatever is left of a cluster's network, each as a person would name it; empty after a teardown. */
export async function findNetworkLeftovers(cluster: string, subnet?: string): Promise<readonly string[]> {
  const { namespaces, links, routes, tables } = await findRemains(cluster, subnet);
  return [
    ...namespaces.map((name) => `network namespace ${name}`),
    ...links.map((name) => `interface ${name}`),
    ...routes.map(({ type, destination, metric }) => `route ${type} ${destination} metric ${metric}`),
    ...tables.map((name) => `nftables table ${name}`),
  ];
}
