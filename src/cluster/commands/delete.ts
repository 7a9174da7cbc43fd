import { existsSync, rmSync } from 'node:fs';
import { findNetworkLeftovers, teardownNetwork } from '../../network/teardown/teardown.ts';
import { cgroupExists, clusterCgroup, processesInCgroup, removeCgroup } from '../cgroups.ts';
import { readConfig } from '../config.ts';
import { dataDirectoryOf, dataPointer } from '../find.ts';
import { removeFromKubeconfig } from '../kubeconfig.ts';
import { unmountBelow } from '../mounts.ts';
import type { ClusterPaths } from '../paths.ts';
import { clusterPaths, hostStateDirectory } from '../paths.ts';
import { killProcesses } from '../processes.ts';
import { removeSharedFolders } from '../shared-folders.ts';
import { UserError } from '../user-error.ts';
import { kill } from './down.ts';
import type { Steps } from './steps.ts';

/** Removes all of a cluster, whole or half there; returns false where there was nothing. */
export async function deleteCluster(name: string, steps: Steps): Promise<boolean> {
  const paths = clusterPaths(name, knownDataDirectory(name));
  const config = readConfigLeniently(paths);
  if (config === undefined && !(await isAnythingLeft(name, paths))) return false;
  if (config !== undefined) {
    await kill(config, paths, steps);
    await steps.step(`context "${name}" out of ${config.kubeconfig}`, () =>
      removeFromKubeconfig(config.kubeconfig, name, config.kubeconfigBefore),
    );
  } else {
    await steps.step('removing what is left', () => removeRemains(name, paths));
  }
  await steps.step('removing data', async () => {
    await unmountBelow(paths.data);
    rmSync(paths.data, { recursive: true, force: true });
    rmSync(dataPointer(name), { force: true });
    removeSharedFolders();
  });
  return true;
}

function knownDataDirectory(name: string): string | undefined {
  try {
    return dataDirectoryOf(name);
  } catch (error) {
    // The folder that was noted has gone: what else there is of the cluster is in the usual places.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** A damaged configuration does not keep a cluster from being removed. */
function readConfigLeniently(paths: ClusterPaths): ReturnType<typeof readConfig> {
  try {
    return readConfig(paths.config);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

async function isAnythingLeft(name: string, paths: ClusterPaths): Promise<boolean> {
  if (existsSync(paths.run) || existsSync(paths.data) || cgroupExists(clusterCgroup(name))) return true;
  return (await findNetworkLeftovers(name)).length > 0;
}

async function removeRemains(name: string, paths: ClusterPaths): Promise<void> {
  await killProcesses(processesInCgroup(clusterCgroup(name)));
  removeCgroup(clusterCgroup(name));
  await unmountBelow(paths.run);
  await teardownNetwork({ cluster: name, stateDirectory: hostStateDirectory });
  rmSync(paths.run, { recursive: true, force: true });
}
