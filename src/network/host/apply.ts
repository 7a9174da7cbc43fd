import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exec } from '../../system/exec.ts';
import { withTemporaryFile } from '../../system/files.ts';
import { runNftables } from '../../system/nftables.ts';
import { borrowSysctl } from './borrowed-sysctls.ts';
import type { HostPlan } from './plan.ts';

export interface ApplyOptions {
  /**
   * A folder that all clusters of this machine share, on tmpfs: what was changed of the host is noted there, and
   * transactions pass through it.
   */
  readonly stateDirectory: string;
}

/** Runs lines of iproute2 commands; throws, naming the line, at the first that fails. */
export async function runIpBatch(lines: readonly string[], stateDirectory: string): Promise<void> {
  if (lines.length === 0) return;
  await withTemporaryFile(stateDirectory, `${lines.join('\n')}\n`, (path) => exec(['ip', '-batch', path]));
}

/** Sets settings that end with the interface they belong to. */
export async function writeSysctls(sysctls: HostPlan['sysctls']): Promise<void> {
  await Promise.all(sysctls.map(({ key, value }) => writeFile(join('/proc/sys', key), value)));
}

/** Carries out a host plan; done again, it changes nothing. */
export async function applyHost(plan: HostPlan, { stateDirectory }: ApplyOptions): Promise<void> {
  await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
  // The rules stand before the bridge is up, so that nothing is ever forwarded that they forbid.
  await runNftables(plan.ruleset, { directory: stateDirectory });
  await runIpBatch(plan.links, stateDirectory);
  await Promise.all([
    writeSysctls(plan.sysctls),
    ...plan.borrowedSysctls.map((sysctl) => borrowSysctl(stateDirectory, plan.cluster, sysctl)),
  ]);
}
