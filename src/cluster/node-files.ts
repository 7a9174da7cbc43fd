import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pauseImage } from '../images/pause/pause-image.ts';
import { canLowerOomScore, findCniPlugins, hasAppArmor } from '../kubelet/containerd/command.ts';
import { containerdConfig } from '../kubelet/containerd/config.ts';
import type { RegistryEndpoint } from '../kubelet/containerd/registry-hosts.ts';
import { registryHosts } from '../kubelet/containerd/registry-hosts.ts';
import { podNetworkConfiguration } from '../network/cni.ts';
import type { ClusterConfig, NodeConfig } from './config.ts';
import { nodesOf } from './config.ts';
import type { ClusterPaths } from './paths.ts';
import { clusterRegistryEndpoint, loadedRegistries } from './registry.ts';
import { UserError } from './user-error.ts';

/** Writes what a node's containerd reads: its configuration, the pod network's, and where images come from. */
export async function writeNodeFiles(config: ClusterConfig, paths: ClusterPaths, node: NodeConfig): Promise<void> {
  const { run, data, containerdSocket } = paths.node(node.name);
  const binDirectory = findCniPlugins();
  if (binDirectory === undefined) {
    throw new UserError(
      'the CNI plugins ptp, host-local and loopback are in neither /usr/lib/cni nor /opt/cni/bin: install the package containernetworking-plugins.',
    );
  }
  const configDirectory = join(run, 'cni');
  await Promise.all([
    mkdir(configDirectory, { recursive: true, mode: 0o700 }),
    mkdir(data, { recursive: true, mode: 0o700 }),
  ]);
  const text = containerdConfig({
    rootDirectory: join(data, 'containerd'),
    stateDirectory: join(run, 'containerd'),
    socket: containerdSocket,
    cni: { binDirectory, configDirectory },
    registryConfigDirectory: registryDirectory(paths, node),
    sandboxImage: pauseImage,
    canLowerOomScore: canLowerOomScore(),
    appArmor: hasAppArmor(),
  });
  await Promise.all([
    writeFile(join(run, 'containerd.toml'), text),
    writeFile(
      join(configDirectory, '10-cox.conflist'),
      podNetworkConfiguration({
        podRange: node.podCidr,
        dataDirectory: join(data, 'addresses'),
        ...(config.mtu === undefined ? {} : { mtu: config.mtu }),
      }),
    ),
    writeRegistryHosts(config, paths, node),
  ]);
}

/** The image of every pod's first container, as a file that each node's containerd is handed. */
export const pauseArchive = (paths: Pick<ClusterPaths, 'data'>): string => join(paths.data, 'pause.tar');

const registryDirectory = (paths: ClusterPaths, node: NodeConfig): string =>
  join(paths.node(node.name).run, 'registries');

/** Tells every node where images come from, as it is now; containerd reads it at each pull. */
export async function writeAllRegistryHosts(config: ClusterConfig, paths: ClusterPaths): Promise<void> {
  await Promise.all(nodesOf(config).map((node) => writeRegistryHosts(config, paths, node)));
}

async function writeRegistryHosts(config: ClusterConfig, paths: ClusterPaths, node: NodeConfig): Promise<void> {
  const cluster = Object.fromEntries(
    loadedRegistries(paths).map((registry) => [registry, clusterRegistryEndpoint(config, paths, registry)]),
  );
  const mirrors: Record<string, RegistryEndpoint[]> = {};
  for (const { registry, url } of config.mirrors) (mirrors[registry] ??= []).push({ url });
  const directory = registryDirectory(paths, node);
  await rm(directory, { recursive: true, force: true });
  for (const [file, text] of Object.entries(registryHosts({ cluster, mirrors }))) {
    const path = join(directory, file);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(path, text);
  }
}
