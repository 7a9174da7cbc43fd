import { readFile, statfs } from 'node:fs/promises';
import type { ContainerStats } from './cri/generated/cri_pb.ts';
import type { RuntimeClient } from './cri/connection.ts';
import { labels } from './pods/names.ts';
import type { StatusWriter } from './pods/status/writer.ts';
import { milliseconds } from './runtime/convert.ts';
import type { ObservedContainer } from './runtime/observed.ts';
import type { PodCache } from './runtime/pod-cache.ts';

/** CPU time of something up to a moment: nanoseconds of CPU, milliseconds since 1970. */
interface Sample {
  readonly at: number;
  readonly used: bigint;
}

export interface SummaryOptions {
  readonly runtime: RuntimeClient;
  readonly nodeName: string;
  readonly directory: string;
  readonly cache: PodCache;
  readonly statuses: StatusWriter;
  readonly now: () => number;
}

/** No two samples are compared that lie closer together: the rate would be noise. */
const shortestMs = 1000;

/** What uses how much of a node, in the form of upstream's `/stats/summary`. Rates are those since the last time somebody asked. */
export function createStatsSummary(options: SummaryOptions): () => Promise<unknown> {
  const { runtime, nodeName, directory, cache, statuses, now } = options;
  const samples = new Map<string, Sample>();
  const rate = (key: string, sample: Sample): { usageNanoCores?: number } => {
    const before = samples.get(key);
    if (before === undefined || sample.at - before.at >= shortestMs) samples.set(key, sample);
    if (before === undefined || sample.at <= before.at) return {};
    return {
      usageNanoCores: Math.max(0, Math.round((Number(sample.used - before.used) * 1000) / (sample.at - before.at))),
    };
  };
  const cpu = (key: string, sample: Sample): object => ({
    time: new Date(sample.at).toISOString(),
    ...rate(key, sample),
    usageCoreNanoSeconds: Number(sample.used),
  });
  return async () => {
    const [{ stats }, node] = await Promise.all([runtime.listContainerStats({}), nodeStats(directory)]);
    const at = now();
    const byPod = Map.groupBy(stats, ({ attributes }) => attributes?.labels[labels.podUid] ?? '');
    byPod.delete('');
    const live = new Set(['node', ...stats.map(({ attributes }) => attributes?.id ?? ''), ...byPod.keys()]);
    const result = {
      node: {
        nodeName,
        startTime: node.startTime,
        cpu: cpu('node', { at, used: node.cpu }),
        memory: { time: new Date(at).toISOString(), ...node.memory },
        fs: { time: new Date(at).toISOString(), ...node.disk },
      },
      pods: [...byPod].map(([uid, containers]) => {
        const named = containers[0]?.attributes?.labels ?? {};
        const memory = total(containers);
        const startTime = statuses.get(uid)?.startTime;
        const runs = cache.get(uid)?.containers ?? [];
        return {
          podRef: { name: named[labels.podName], namespace: named[labels.podNamespace], uid },
          ...(startTime === undefined ? {} : { startTime }),
          containers: containers.map((container) => containerStats(container, runs, cpu)),
          cpu: cpu(uid, { at, used: containers.reduce((sum, item) => sum + cpuOf(item), 0n) }),
          memory: { time: new Date(at).toISOString(), ...memory },
        };
      }),
    };
    for (const key of samples.keys()) if (!live.has(key)) samples.delete(key);
    return result;
  };
}

const cpuOf = ({ cpu }: ContainerStats): bigint => cpu?.usageCoreNanoSeconds?.value ?? 0n;

function memoryOf({ memory }: ContainerStats): { usageBytes: number; workingSetBytes: number; rssBytes: number } {
  return {
    usageBytes: Number(memory?.usageBytes?.value ?? 0n),
    workingSetBytes: Number(memory?.workingSetBytes?.value ?? 0n),
    rssBytes: Number(memory?.rssBytes?.value ?? 0n),
  };
}

function total(containers: readonly ContainerStats[]): object {
  const all = containers.map(memoryOf);
  const sum = (key: keyof ReturnType<typeof memoryOf>): number => all.reduce((value, item) => value + item[key], 0);
  return { usageBytes: sum('usageBytes'), workingSetBytes: sum('workingSetBytes'), rssBytes: sum('rssBytes') };
}

function containerStats(
  container: ContainerStats,
  runs: readonly ObservedContainer[],
  cpu: (key: string, sample: Sample) => object,
): object {
  const { attributes, writableLayer } = container;
  const at = milliseconds(container.cpu?.timestamp ?? 0n) ?? 0;
  const startedAt = runs.find(({ id }) => id === attributes?.id)?.startedAt;
  return {
    ...(startedAt === undefined ? {} : { startTime: new Date(startedAt).toISOString() }),
    name: attributes?.labels[labels.containerName] ?? attributes?.metadata?.name ?? '',
    cpu: cpu(attributes?.id ?? '', { at, used: cpuOf(container) }),
    memory: { time: new Date(at).toISOString(), ...memoryOf(container) },
    rootfs: {
      time: new Date(milliseconds(writableLayer?.timestamp ?? 0n) ?? at).toISOString(),
      usedBytes: Number(writableLayer?.usedBytes?.value ?? 0n),
      inodesUsed: Number(writableLayer?.inodesUsed?.value ?? 0n),
    },
  };
}

interface NodeStats {
  readonly startTime: string;
  readonly cpu: bigint;
  readonly memory: object;
  readonly disk: object;
}

async function nodeStats(directory: string): Promise<NodeStats> {
  const [stat, meminfo, disk] = await Promise.all([
    readFile('/proc/stat', 'utf8'),
    readFile('/proc/meminfo', 'utf8'),
    statfs(directory),
  ]);
  // user nice system idle iowait irq softirq steal, in hundredths of a second.
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = (/^cpu +(.+)$/m.exec(stat)?.[1] ?? '')
    .split(' ')
    .map(Number);
  const bytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s*([0-9]+) kB$`, 'm').exec(meminfo)?.[1] ?? 0) * 1024;
  const available = bytes('MemAvailable');
  const used = bytes('MemTotal') - bytes('MemFree');
  const boot = Number(/^btime ([0-9]+)$/m.exec(stat)?.[1] ?? 0);
  return {
    startTime: new Date(boot * 1000).toISOString(),
    cpu: BigInt(Math.round((user + nice + system + irq + softirq) * 1e7)),
    memory: {
      availableBytes: available,
      usageBytes: used,
      workingSetBytes: bytes('MemTotal') - available,
      rssBytes: bytes('AnonPages'),
    },
    disk: {
      availableBytes: disk.bavail * disk.bsize,
      capacityBytes: disk.blocks * disk.bsize,
      usedBytes: (disk.blocks - disk.bfree) * disk.bsize,
    },
  };
}
