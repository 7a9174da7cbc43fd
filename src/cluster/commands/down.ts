import { existsSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { componentNames } from '../components.ts';
import { clusterCgroup, processesInCgroup, removeCgroup } from '../cgroups.ts';
import { unmountBelow } from '../mounts.ts';
import type { ClusterPaths } from '../paths.ts';
import { hostStateDirectory, nodesWithState } from '../paths.ts';
import { killProcesses, processesWithArgument, stopProcesses } from '../processes.ts';
import { readComponents, readProcesses } from '../supervisor/component-files.ts';
import { removePins } from '../socket-balancing.ts';
import type { ProcessIdentity } from '../supervisor/process-identity.ts';
import { isRunning } from '../supervisor/process-identity.ts';
import { findSupervisor } from '../supervisor/start.ts';
import { teardownNetwork } from '../../network/teardown/teardown.ts';
import { isErrno } from '../../system/files.ts';
import type { Steps } from './steps.ts';
import { stopPods } from './stop-pods.ts';

/** What must be known of a cluster to stop it: `subnet` may be lost with its configuration. */
export interface RunningCluster {
  readonly name: string;
  readonly subnet: string | undefined;
}

/** True when anything of a cluster runs, or is left of its running. */
export function isUp(paths: Pick<ClusterPaths, 'run'>): boolean {
  return existsSync(paths.run);
}

/** Stops a cluster; data, addresses and the kubeconfig stay. Whatever is half there is fine. */
export async function down(cluster: RunningCluster, paths: ClusterPaths, steps: Steps): Promise<void> {
  await steps.step('stopping components', () => stopComponents(paths));
  await steps.step('stopping pods', (note) => stopPods(paths, note));
  await removeRuntime(cluster, paths, steps);
}

/** As `down`, without giving pods time to end: for a cluster that goes for good. */
export async function kill(cluster: RunningCluster, paths: ClusterPaths, steps: Steps): Promise<void> {
  await steps.step('ending processes', async () => {
    await killProcesses(supervisorOf(paths));
    await killProcesses([...readProcesses(paths).values()].filter(isRunning));
  });
  await removeRuntime(cluster, paths, steps);
}

const supervisorOf = (paths: ClusterPaths): readonly ProcessIdentity[] => {
  const supervisor = findSupervisor(paths);
  return supervisor === undefined ? [] : [supervisor];
};

/** Ends everything but containerd, which is still needed to stop pods; the supervisor first, so that nothing comes back. */
async function stopComponents(paths: ClusterPaths): Promise<void> {
  await stopProcesses(supervisorOf(paths), 2000);
  const containerds = new Set(nodesWithState(paths).map(componentNames.containerd));
  const components = readComponents(paths);
  const running = [...readProcesses(paths)].filter(([name]) => !containerds.has(name));
  const byName = running.map(([name, identity]) =>
    stopProcesses([identity], components.get(name)?.stopTimeoutMs ?? 2000),
  );
  await Promise.all(byName);
}

async function removeRuntime(cluster: RunningCluster, paths: ClusterPaths, steps: Steps): Promise<void> {
  await steps.step('removing processes, mounts and network', async () => {
    await stopProcesses([...readProcesses(paths).values()].filter(isRunning), 3000);
    await endContainers(cluster.name, paths);
    removePins(paths);
    await unmountBelow(paths.run);
    await unmountBelow(paths.data);
    await teardownNetwork({
      cluster: cluster.name,
      stateDirectory: hostStateDirectory,
      ...(cluster.subnet === undefined ? {} : { subnet: cluster.subnet }),
    });
    rmSync(paths.run, { recursive: true, force: true });
  });
}

/** For how long containers may take to end once they are killed. */
const endingMs = 10_000;

/** What containerd leaves behind when it is killed: its shims, and the containers, which are found by their cgroup. */
async function endContainers(name: string, paths: ClusterPaths): Promise<void> {
  const cgroup = clusterCgroup(name);
  const shims = nodesWithState(paths).flatMap((node) => processesWithArgument(paths.node(node).containerdSocket));
  await killProcesses(shims);
  for (const end = performance.now() + endingMs; ; await sleep(20)) {
    await killProcesses(processesInCgroup(cgroup));
    try {
      removeCgroup(cgroup);
      return;
    } catch (error) {
      // A process may have started another meanwhile, and one that was killed stays for a moment.
      if (!isErrno(error, 'EBUSY') || performance.now() > end) throw error;
    }
  }
}
