import { mkdir, readdir } from 'node:fs/promises';
import { exec } from '../../system/exec.ts';
import { withTemporaryFile } from '../../system/files.ts';
import { inNamespace, namespaceDirectoryIsMount, namespaceState, removeNamespace } from '../../system/namespaces.ts';
import { noteNamespaceDirectory } from '../host/namespace-directory.ts';
import type { ApplyOptions } from '../host/apply.ts';
import { runIpBatch } from '../host/apply.ts';
import type { NodePlan } from './plan.ts';
import { applyShortCut } from './short-cut.ts';

/**
 * Carries out the plans of nodes on this machine, after the host's. Done again, it changes nothing; a namespace or
 * link that a crash left half made is completed or made anew.
 */
export async function applyNodes(plans: readonly NodePlan[], options: ApplyOptions): Promise<void> {
  const { stateDirectory } = options;
  await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
  if (!(await namespaceDirectoryIsMount())) await noteNamespaceDirectory(stateDirectory);
  const links = new Set(await readdir('/sys/class/net'));
  const lines = await Promise.all(plans.map((plan) => linkLines(plan, links)));
  await runIpBatch(lines.flat(), stateDirectory);
  const shortCuts = new Map(plans.map(({ cluster, subnet }) => [cluster, subnet]));
  await Promise.all([
    ...plans.map((plan) => applyInside(plan, stateDirectory)),
    ...[...shortCuts].map(([cluster, subnet]) => applyShortCut(cluster, subnet, stateDirectory)),
  ]);
}

async function linkLines(plan: NodePlan, links: ReadonlySet<string>): Promise<readonly string[]> {
  const state = await namespaceState(plan.namespace);
  if (state === 'stale') await removeNamespace(plan.namespace);
  const lines: string[] = [];
  const hasLink = links.has(plan.hostLink);
  if (state !== 'alive') {
    // The other end of an old link would be in a namespace that has lost its name.
    if (hasLink) lines.push(`link delete dev ${plan.hostLink}`);
    lines.push(`netns add ${plan.namespace}`);
  }
  if (state !== 'alive' || !hasLink) lines.push(...plan.createLink);
  return [...lines, ...plan.attachLink];
}

/** One process enters the namespace and does all that is to be done there. */
async function applyInside(plan: NodePlan, stateDirectory: string): Promise<void> {
  await withTemporaryFile(stateDirectory, `${plan.inside.join('\n')}\n`, async (batch) => {
    await withTemporaryFile(stateDirectory, plan.ruleset, async (ruleset) => {
      const script = [
        'set -e',
        'ip -batch "$1"',
        'nft -f "$2"',
        ...plan.sysctls.map(({ key, value, optional }) => {
          const path = `/proc/sys/${key}`;
          return `${optional === true ? `[ ! -e ${path} ] || ` : ''}echo ${value} > ${path}`;
        }),
      ];
      await exec(inNamespace(plan.namespace, ['sh', '-c', script.join('\n'), 'node-network', batch, ruleset]));
    });
  });
}
