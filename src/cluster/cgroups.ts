import { existsSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { cgroupHierarchies } from '../kubelet/cgroups/mounts.ts';
import type { ProcessIdentity } from './supervisor/process-identity.ts';
import { identify } from './supervisor/process-identity.ts';

/** The cgroup below which the containers of a cluster live, in every hierarchy: of one node when it is given. */
export function clusterCgroup(cluster: string, node?: string): string {
  return node === undefined ? `/cox/${cluster}` : `/cox/${cluster}/${node}`;
}

/** Where control groups are mounted: one folder on cgroup v2, one for each controller on v1, both on hybrid machines. */
function hierarchies(): readonly string[] {
  return cgroupHierarchies(readFileSync('/proc/self/mountinfo', 'utf8')).map(({ path }) => path);
}

/** A folder and all below it, the innermost first. */
function withChildren(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const children = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [...children.flatMap(({ name }) => withChildren(join(folder, name))), folder];
}

/** Every process that lives in a cgroup or below it. */
export function processesInCgroup(cgroup: string): readonly ProcessIdentity[] {
  const pids = new Set<number>();
  for (const folder of hierarchies().flatMap((root) => withChildren(join(root, cgroup)))) {
    for (const line of readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n'))
      if (line !== '') pids.add(Number(line));
  }
  return [...pids].flatMap((pid) => identify(pid) ?? []);
}

/** Removes a cgroup and all below it, and `/cox` with the last cluster's; their processes must have ended. */
export function removeCgroup(cgroup: string): void {
  for (const root of hierarchies()) {
    for (const folder of withChildren(join(root, cgroup))) rmdirSync(folder);
    const shared = join(root, 'cox');
    if (existsSync(shared) && withChildren(shared).length === 1) rmdirSync(shared);
  }
}

/** Whether anything of a cgroup is left. */
export function cgroupExists(cgroup: string): boolean {
  return hierarchies().some((root) => existsSync(join(root, cgroup)));
}
