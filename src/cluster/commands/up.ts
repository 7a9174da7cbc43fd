import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { buildPauseImage } from '../../images/pause/pause-image.ts';
import { nginxCommand, prepareNginx } from '../../ingress/ingress.ts';
import { hostStateOf, observeHostNetwork, uplinkMtu } from '../../network/host/observe.ts';
import { bridgeName } from '../../network/names.ts';
import { checkKernelFeatures, findFirewallBlocks } from '../../network/preflight.ts';
import { gatewayAddress } from '../../network/layout.ts';
import { findFreeSubnet, NetworkConflictError, setUpNetwork } from '../../network/set-up.ts';
import { writeFileAtomic } from '../../system/files.ts';
import { componentNames, nginxOptions, planComponents } from '../components.ts';
import type { ClusterConfig } from '../config.ts';
import { nodesOf, writeConfig } from '../config.ts';
import { dataPointer, findCluster } from '../find.ts';
import type { ClusterAccess } from '../kubeconfig.ts';
import { addToKubeconfig, inspectKubeconfig, kubeconfigText } from '../kubeconfig.ts';
import { apiServerUrl, networkOf } from '../network.ts';
import { pauseArchive, writeNodeFiles } from '../node-files.ts';
import type { ClusterPaths } from '../paths.ts';
import { clusterPaths, hostStateDirectory } from '../paths.ts';
import { mountPinDirectory, notAskedFor, readDataPlane } from '../socket-balancing.ts';
import { stopProcesses } from '../processes.ts';
import { isRunning } from '../supervisor/process-identity.ts';
import { removeSharedFolders } from '../shared-folders.ts';
import type { Pki } from '../pki/pki.ts';
import { ensurePki } from '../pki/pki.ts';
import { checkOwnPorts, checkPortsAreFree, listeningPorts, otherClusters } from '../ports.ts';
import { loadedRegistries, registryComponent } from '../registry.ts';
import { checkEtcd } from '../store.ts';
import { findSupervisor, startSupervisor } from '../supervisor/start.ts';
import { removeComponent, readComponents, readProcesses, writeComponent } from '../supervisor/component-files.ts';
import { UserError } from '../user-error.ts';
import type { UpRequest } from './request.ts';
import { changedOptions, defaultKubeconfig, newOptions } from './request.ts';
import type { Steps } from './steps.ts';
import { waitUntilReady } from './wait-ready.ts';

export interface UpResult {
  readonly config: ClusterConfig;
  readonly paths: ClusterPaths;
}

/** Boots a cluster, or completes one that is up in part; resolves when it serves. Done again, it changes nothing. */
export async function up(request: UpRequest, steps: Steps): Promise<UpResult> {
  requireRoot();
  const { config, paths } = await steps.step('checking this machine', () => prepare(request));
  const pki = await steps.step('keys and certificates', () => ensurePki(pkiRequest(config, paths)));
  const access = await accessOf(config, pki);
  await steps.step('network', async () => {
    await Promise.all([makeNetwork(config), writeFiles(config, paths, access), mountPinDirectory(paths)]);
    await explainFirewalls(config, steps);
  });
  await steps.step('starting processes', async () => {
    await restartAgentsIfChanged(config, paths);
    await startProcesses(config, paths);
  });
  await waitUntilReady(config, paths, steps);
  const kubeconfig = config.kubeconfigs.at(-1)?.file ?? paths.adminKubeconfig;
  await steps.step(`context "${config.name}" in ${kubeconfig}`, () => addToKubeconfig(kubeconfig, access));
  return { config, paths };
}

export function requireRoot(): void {
  if (process.getuid?.() !== 0) {
    throw new UserError(
      'Coxswain makes network namespaces and containers, which only root may: run it as root, for example with sudo.',
    );
  }
}

async function prepare(request: UpRequest): Promise<UpResult> {
  const found = findCluster(request.name);
  try {
    await checkKernel();
    const wanted = found === undefined ? await newCluster(request) : changedOptions(found.config, request);
    const config = await withKubeconfig(wanted, resolve(request.kubeconfig ?? defaultKubeconfig()));
    checkOwnPorts(config);
    if (config.store !== undefined) await checkEtcd(config.name, config.store);
    const others = otherClusters(config.name).filter((other) => existsSync(clusterPaths(other.name).run));
    const bridges = new Set([config, ...others].map(gatewayAddress));
    checkPortsAreFree(config, listeningPorts(bridges), others);
    return found === undefined ? save(config, request) : save(config, {});
  } catch (error) {
    // Nothing has been made yet but folders for notes.
    if (found === undefined) removeSharedFolders();
    throw error instanceof NetworkConflictError ? new UserError(error.message, { cause: error }) : error;
  }
}

/** From here on there is a cluster, which `cox delete` removes. */
function save(config: ClusterConfig, { dataDirectory }: Pick<UpRequest, 'dataDirectory'>): UpResult {
  mkdirSync(config.dataDirectory, { recursive: true, mode: 0o700 });
  const saved = { ...config, dataDirectory: realpathSync(config.dataDirectory) };
  if (dataDirectory !== undefined) {
    mkdirSync(dirname(dataPointer(config.name)), { recursive: true, mode: 0o700 });
    writeFileSync(dataPointer(config.name), `${saved.dataDirectory}\n`);
  }
  const paths = clusterPaths(config.name, saved.dataDirectory);
  writeConfig(paths.config, saved);
  return { config: saved, paths };
}

/** Tried once after each boot of the machine: the folder of the note is gone with the next. */
async function checkKernel(): Promise<void> {
  const note = join(hostStateDirectory, 'kernel-checked');
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8');
  if (existsSync(note) && readFileSync(note, 'utf8') === boot) return;
  const [missing] = await checkKernelFeatures(hostStateDirectory);
  if (missing !== undefined)
    throw new UserError(`this machine lacks ${missing.feature} (${missing.missing}). ${missing.remedy}`);
  writeFileSync(note, boot);
}

async function newCluster(request: UpRequest): Promise<ClusterConfig> {
  const options = newOptions(request);
  const dataDirectory = resolve(request.dataDirectory ?? clusterPaths(options.name).data);
  const subnet = await findFreeSubnet(
    ['10.233.0.0/17'],
    otherClusters(options.name).map((other) => other.subnet),
  );
  const mtu = options.isolated
    ? {}
    : { mtu: await uplinkMtu(await hostStateOf(options.name, await observeHostNetwork())) };
  return { ...options, ...mtu, formatVersion: 2, dataDirectory, kubeconfigs: [], subnet };
}

/** The cluster with the kubeconfig that this `up` is to write to as its newest. */
async function withKubeconfig(config: ClusterConfig, file: string): Promise<ClusterConfig> {
  const used = config.kubeconfigs.find((known) => known.file === file) ?? (await inspectKubeconfig(file));
  return { ...config, kubeconfigs: [...config.kubeconfigs.filter((known) => known.file !== file), used] };
}

function pkiRequest(config: ClusterConfig, paths: ClusterPaths): Parameters<typeof ensurePki>[0] {
  const gateway = gatewayAddress(config);
  return {
    directory: paths.pki,
    nodes: nodesOf(config).map(({ name, address }) => ({ name, ip: address })),
    apiServer: { ips: [gateway], dnsNames: [] },
    registry: { ips: [gateway], dnsNames: [] },
  };
}

async function accessOf(config: ClusterConfig, pki: Pki): Promise<ClusterAccess> {
  const [ca, cert, key] = await Promise.all(
    [pki.authority.certificateFile, pki.admin.certificateFile, pki.admin.keyFile].map((file) => readFile(file, 'utf8')),
  );
  return { name: config.name, server: apiServerUrl(config), ca: ca ?? '', cert: cert ?? '', key: key ?? '' };
}

async function makeNetwork(config: ClusterConfig): Promise<void> {
  const nodes = nodesOf(config);
  const podRoutes = new Map(
    nodes.map(({ index }) => [
      index,
      nodes
        .filter((other) => other.index !== index)
        .map(({ podCidr, address }) => ({ podRange: podCidr, nodeAddress: address })),
    ]),
  );
  try {
    await setUpNetwork(networkOf(config), { stateDirectory: hostStateDirectory, podRoutes });
  } catch (error) {
    throw error instanceof NetworkConflictError ? new UserError(error.message, { cause: error }) : error;
  }
}

async function explainFirewalls(config: ClusterConfig, steps: Steps): Promise<void> {
  for (const { feature, missing, remedy } of await findFirewallBlocks(bridgeName(config.name), config.isolated)) {
    steps.say(`  a firewall is in the way of ${feature}: ${missing}. Try: ${remedy}`);
  }
}

async function writeFiles(config: ClusterConfig, paths: ClusterPaths, access: ClusterAccess): Promise<void> {
  const nodes = nodesOf(config);
  await Promise.all([
    buildPauseImage(pauseArchive(paths)),
    writeFileAtomic(paths.adminKubeconfig, kubeconfigText(access)),
    ...nodes.map((node) => writeNodeFiles(config, paths, node)),
    ...nodes.map((node) => prepareNginx(nginxOptions(paths.node(node.name)))),
  ]);
}

/** An agent that runs learns at its start whether sockets are to be balanced; pods and rules outlive it. */
async function restartAgentsIfChanged(config: ClusterConfig, paths: ClusterPaths): Promise<void> {
  const processes = readProcesses(paths);
  const agents = nodesOf(config).flatMap(({ name }) => {
    const asked = readDataPlane(paths.node(name))?.why !== notAskedFor;
    const agent = processes.get(componentNames.agent(name));
    const known = readDataPlane(paths.node(name)) !== undefined;
    return known && agent !== undefined && asked !== (config.socketBalancing ?? true) ? [agent] : [];
  });
  await stopProcesses(agents.filter(isRunning), 5000);
}

async function startProcesses(config: ClusterConfig, paths: ClusterPaths): Promise<void> {
  const wanted = [
    ...planComponents(config, paths, { nginxCommand }),
    ...(loadedRegistries(paths).length > 0 ? [registryComponent(config, paths)] : []),
  ];
  for (const name of readComponents(paths).keys()) {
    if (!wanted.some((component) => component.name === name)) removeComponent(paths, name);
  }
  for (const component of wanted) writeComponent(paths, component);
  if (findSupervisor(paths) === undefined) await startSupervisor(paths);
}
