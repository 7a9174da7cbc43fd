import { existsSync, rmSync } from 'node:fs';
import { exec } from '../../system/exec.ts';
import { findNetworkLeftovers } from '../../network/teardown/teardown.ts';
import { cgroupExists, clusterCgroup } from '../cgroups.ts';
import { readConfig } from '../config.ts';
import { dataDirectoryOf, dataPointer } from '../find.ts';
import { removeFromKubeconfig } from '../kubeconfig.ts';
import { unmountBelow } from '../mounts.ts';
import type { ClusterPaths } from '../paths.ts';
import { clusterPaths } from '../paths.ts';
import { deleteFromEtcd } from '../store.ts';
import { removeSharedFolders } from '../shared-folders.ts';
import { UserError } from '../user-error.ts';
import { kill } from './down.ts';
import type { Steps } from './steps.ts';

/** Removes all of a cluster, whole or half there; returns false where there was nothing. */
export async function deleteCluster(name: string, steps: Steps): Promise<boolean> {
  const paths = clusterPaths(name, knownDataDirectory(name));
  const config = readConfigLeniently(paths);
  if (config === undefined && !(await isAnythingLeft(name, paths))) return false;
  await kill({ name, subnet: config?.subnet }, paths, steps);
  for (const used of config?.kubeconfigs ?? []) {
    await steps.step(`context "${name}" out of ${used.file}`, () => removeFromKubeconfig(name, used));
  }
  const { store } = config ?? {};
  if (store !== undefined) await steps.step('objects out of etcd', () => deleteFromEtcd(name, store, steps));
  await steps.step('removing data', async () => {
    await unmountBelow(paths.data);
    // Containers' file systems are many files: rm is twice as fast at them.
    await exec(['rm', '-rf', '--one-file-system', '--', paths.data], { timeoutMs: 300_000 });
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
