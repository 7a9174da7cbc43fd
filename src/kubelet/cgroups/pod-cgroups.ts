import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isErrno, readFileIfExists } from '../../system/files.ts';
import type { Logger } from '../../system/logger.ts';
import type { CgroupResources } from '../runtime/resources.ts';
import type { CgroupHierarchy } from './mounts.ts';
import { cgroupHierarchies, isUnified } from './mounts.ts';

/** The cgroups of pods: containerd makes those of containers below them. */
export interface PodCgroups {
  /** Makes a pod's cgroup, `path` below each hierarchy's root, with the pod's share of the machine; safe to repeat. */
  ensure(path: string, resources: CgroupResources): Promise<void>;
  /** Removes a cgroup and all below it, once nothing runs there; whether it is gone. */
  remove(path: string): Promise<boolean>;
  /** Ends every process in a cgroup and below it, at once. */
  kill(path: string): Promise<void>;
  /** The names of the cgroups directly below `path`. */
  children(path: string): Promise<readonly string[]>;
}

/** The cgroups of this machine, whichever version it has. */
export async function createPodCgroups(options: {
  readonly logger: Logger;
  readonly mountinfo?: string;
}): Promise<PodCgroups> {
  const { logger } = options;
  const hierarchies = cgroupHierarchies(options.mountinfo ?? (await readFile('/proc/self/mountinfo', 'utf8')));
  const unified = isUnified(hierarchies);
  const within = (path: string): string[] => hierarchies.map((hierarchy) => join(hierarchy.path, path));
  return {
    async ensure(path, resources) {
      for (const hierarchy of hierarchies) {
        const files = cgroupFiles(hierarchy, unified, resources);
        if (files.length === 0) continue;
        try {
          if (hierarchy.version === 2) await delegate(hierarchy.path, path);
          await mkdir(join(hierarchy.path, path), { recursive: true });
          for (const [file, value] of files) await writeFile(join(hierarchy.path, path, file), value);
        } catch (err) {
          // The containers' own limits hold all the same; only how pods share what is left is less exact.
          logger.debug({ err, cgroup: path }, 'cannot set the resources of a pod');
        }
      }
    },
    async remove(path) {
      const gone = await Promise.all(within(path).map(removeTree));
      return gone.every(Boolean);
    },
    async kill(path) {
      for (const folder of within(path)) await killTree(folder);
    },
    async children(path) {
      const lists = await Promise.all(within(path).map(subfolders));
      return [...new Set(lists.flat())];
    },
  };
}

/** The files to write, in order, for a hierarchy that has a say in cpu or memory. */
export function cgroupFiles(
  hierarchy: CgroupHierarchy,
  unified: boolean,
  resources: CgroupResources,
): readonly (readonly [string, string])[] {
  const { cpuShares, cpuQuota, cpuPeriod, memoryLimit } = resources;
  if (hierarchy.version === 2) {
    if (!unified) return [];
    // The kernel's own scale for weights, as runc translates shares.
    const weight = 1n + ((cpuShares - 2n) * 9999n) / 262_142n;
    return [
      ['cpu.weight', String(weight)],
      ['cpu.max', `${cpuQuota === 0n ? 'max' : cpuQuota} ${cpuPeriod}`],
      ['memory.max', memoryLimit === 0n ? 'max' : String(memoryLimit)],
    ];
  }
  const cpu: (readonly [string, string])[] = hierarchy.controllers.includes('cpu')
    ? [
        ['cpu.shares', String(cpuShares)],
        ['cpu.cfs_period_us', String(cpuPeriod)],
        ['cpu.cfs_quota_us', cpuQuota === 0n ? '-1' : String(cpuQuota)],
      ]
    : [];
  const memory: (readonly [string, string])[] = hierarchy.controllers.includes('memory')
    ? [['memory.limit_in_bytes', memoryLimit === 0n ? '-1' : String(memoryLimit)]]
    : [];
  return [...cpu, ...memory];
}

/** Lets the cgroups on the way to `path` hand cpu and memory on to those below. */
async function delegate(root: string, path: string): Promise<void> {
  let folder = root;
  for (const part of path.split('/').filter((name) => name !== '')) {
    await writeFile(join(folder, 'cgroup.subtree_control'), '+cpu +memory +pids');
    folder = join(folder, part);
    await mkdir(folder, { recursive: true });
  }
}

async function subfolders(path: string): Promise<string[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

async function killTree(path: string): Promise<void> {
  for (const name of await subfolders(path)) await killTree(join(path, name));
  const pids = (await readFileIfExists(join(path, 'cgroup.procs'))) ?? '';
  for (const pid of pids.split('\n').filter((line) => line !== '')) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch (error) {
      if (!isErrno(error, 'ESRCH')) throw error;
    }
  }
}

async function removeTree(path: string): Promise<boolean> {
  const below = await Promise.all((await subfolders(path)).map((name) => removeTree(join(path, name))));
  if (!below.every(Boolean)) return false;
  try {
    await rmdir(path);
  } catch (error) {
    if (isErrno(error, 'EBUSY', 'ENOTEMPTY')) return false;
    if (!isErrno(error, 'ENOENT')) throw error;
  }
  return true;
}
