import { existsSync, rmSync } from 'node:fs';
import { componentNames } from '../components.ts';
import type { ClusterConfig } from '../config.ts';
import { nodesOf } from '../config.ts';
import { clusterCgroup, processesInCgroup, removeCgroup } from '../cgroups.ts';
import { unmountBelow } from '../mounts.ts';
import type { ClusterPaths } from '../paths.ts';
import { hostStateDirectory } from '../paths.ts';
import { killProcesses, processesWithArgument, stopProcesses } from '../processes.ts';
import { readComponents, readProcesses } from '../supervisor/component-files.ts';
import type { ProcessIdentity } from '../supervisor/process-identity.ts';
import { isRunning } from '../supervisor/process-identity.ts';
import { findSupervisor } from '../supervisor/start.ts';
import { teardownNetwork } from '../../network/teardown/teardown.ts';
import type { Steps } from './steps.ts';
import { stopPods } from './stop-pods.ts';

/** True when anything of a cluster runs, or is left of its running. */
export function isUp(paths: Pick<ClusterPaths, 'run'>): boolean {
  return existsSync(paths.run);
}

/** Stops a cluster; data, addresses and the kubeconfig stay. Whatever is half there is fine. */
export async function down(config: ClusterConfig, paths: ClusterPaths, steps: Steps): Promise<void> {
  await steps.step('stopping components', () => stopComponents(config, paths));
  await steps.step('stopping pods', (note) => stopPods(config, paths, note));
  await removeRuntime(config, paths, steps);
}

/** As `down`, without giving pods time to end: for a cluster that goes for good. */
export async function kill(config: ClusterConfig, paths: ClusterPaths, steps: Steps): Promise<void> {
  await steps.step('ending processes', async () => {
    await killProcesses(supervisorOf(paths));
    await killProcesses([...readProcesses(paths).values()].filter(isRunning));
  });
  await removeRuntime(config, paths, steps);
}

const supervisorOf = (paths: ClusterPaths): readonly ProcessIdentity[] => {
  const supervisor = findSupervisor(paths);
  return supervisor === undefined ? [] : [supervisor];
};

/** Ends everything but containerd, which is still needed to stop pods; the supervisor first, so that nothing comes back. */
async function stopComponents(config: ClusterConfig, paths: ClusterPaths): Promise<void> {
  await stopProcesses(supervisorOf(paths), 2000);
  const containerds = new Set(nodesOf(config).map(({ name }) => componentNames.containerd(name)));
  const components = readComponents(paths);
  const running = [...readProcesses(paths)].filter(([name]) => !containerds.has(name));
  const byName = running.map(([name, identity]) =>
    stopProcesses([identity], components.get(name)?.stopTimeoutMs ?? 2000),
  );
  await Promise.all(byName);
}

async function removeRuntime(config: ClusterConfig, paths: ClusterPaths, steps: Steps): Promise<void> {
  await steps.step('removing processes, mounts and network', async () => {
    await stopProcesses([...readProcesses(paths).values()].filter(isRunning), 3000);
    await endContainers(config, paths);
    await unmountBelow(paths.run);
    await unmountBelow(paths.data);
    await teardownNetwork({ cluster: config.name, subnet: config.subnet, stateDirectory: hostStateDirectory });
    rmSync(paths.run, { recursive: true, force: true });
  });
}

/** What containerd leaves behind when it is killed: its shims, and the containers, which are found by their cgroup. */
async function endContainers(config: ClusterConfig, paths: ClusterPaths): Promise<void> {
  const cgroup = clusterCgroup(config.name);
  const shims = nodesOf(config).flatMap(({ name }) => processesWithArgument(paths.node(name).containerdSocket));
  await killProcesses(shims);
  await killProcesses(processesInCgroup(cgroup));
  removeCgroup(cgroup);
}
