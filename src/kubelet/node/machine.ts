import { readFile, statfs } from 'node:fs/promises';
import { arch, availableParallelism, release, totalmem } from 'node:os';
import { readFileIfExists } from '../../system/files.ts';

/** What a node is made of; amounts in bytes. */
export interface Machine {
  readonly cpus: number;
  readonly memory: number;
  readonly disk: number;
  /** Go's name for it, e.g. `amd64`. */
  readonly architecture: string;
  readonly kernelVersion: string;
  readonly osImage: string;
  readonly machineId: string;
  readonly systemUuid: string;
  readonly bootId: string;
}

/** What is left of it now, in bytes. */
export interface MachineRoom {
  readonly memoryAvailable: number;
  readonly diskAvailable: number;
  readonly diskSize: number;
  readonly pidsAvailable: number;
}

const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64', ia32: '386', arm: 'arm' };

/** Looks at the machine; `directory` lies on the disk that pods use. */
export async function lookAtMachine(directory: string): Promise<Machine> {
  const [osRelease, machineId, systemUuid, bootId, disk] = await Promise.all([
    readFileIfExists('/etc/os-release'),
    readFileIfExists('/etc/machine-id'),
    readFileIfExists('/sys/class/dmi/id/product_uuid').catch(() => undefined),
    readFileIfExists('/proc/sys/kernel/random/boot_id'),
    statfs(directory),
  ]);
  const id = machineId?.trim() ?? '';
  return {
    cpus: availableParallelism(),
    memory: totalmem(),
    disk: disk.blocks * disk.bsize,
    architecture: architectures[arch()] ?? arch(),
    kernelVersion: release(),
    osImage: /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(osRelease ?? '')?.[1] ?? 'Linux',
    machineId: id,
    systemUuid: systemUuid?.trim() ?? id,
    bootId: bootId?.trim() ?? '',
  };
}

/** How much of it is free. */
export async function machineRoom(directory: string): Promise<MachineRoom> {
  const [meminfo, disk, loadavg, pidMax] = await Promise.all([
    readFile('/proc/meminfo', 'utf8'),
    statfs(directory),
    readFile('/proc/loadavg', 'utf8'),
    readFile('/proc/sys/kernel/pid_max', 'utf8'),
  ]);
  const kilobytes = Number(/^MemAvailable:\s*([0-9]+) kB$/m.exec(meminfo)?.[1] ?? Number.NaN);
  // The fourth field is RUNNING/ALL processes and threads.
  const tasks = Number(loadavg.split(' ')[3]?.split('/')[1] ?? 0);
  return {
    memoryAvailable: Number.isNaN(kilobytes) ? Infinity : kilobytes * 1024,
    diskAvailable: disk.bavail * disk.bsize,
    diskSize: disk.blocks * disk.bsize,
    pidsAvailable: Number(pidMax) - tasks,
  };
}
