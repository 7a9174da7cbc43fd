import { existsSync, readFileSync } from 'node:fs';

const sysResource = 24n;

/** The argv that runs a node's containerd; it stays in the foreground and keeps its containers when it ends. */
export function containerdCommand(options: {
  readonly configFile: string;
  readonly binary?: string;
}): readonly string[] {
  return [options.binary ?? 'containerd', '--config', options.configFile];
}

/** True when processes here may lower their oom_score_adj; nested containers and some virtual machines deny it. */
export function canLowerOomScore(status: string = readFileSync('/proc/self/status', 'utf8')): boolean {
  const bounding = /^CapBnd:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  return bounding !== undefined && (BigInt(`0x${bounding}`) & (1n << sysResource)) !== 0n;
}

/** The first folder that holds the CNI plugins the pod network needs. */
export function findCniPlugins(
  candidates: readonly string[] = ['/usr/lib/cni', '/opt/cni/bin'],
  exists: (path: string) => boolean = existsSync,
): string | undefined {
  return candidates.find((folder) =>
    ['ptp', 'host-local', 'loopback'].every((plugin) => exists(`${folder}/${plugin}`)),
  );
}

/** True when the kernel enforces AppArmor and its tools are there; containerd fails every container otherwise. */
export function hasAppArmor(exists: (path: string) => boolean = existsSync): boolean {
  return exists('/sys/kernel/security/apparmor') && exists('/sbin/apparmor_parser');
}
