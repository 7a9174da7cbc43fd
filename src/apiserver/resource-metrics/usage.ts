import type { NodeScrape, UsageSample } from './scrape.ts';

/** What something uses: CPU over a while, memory at its end. */
export interface Usage {
  readonly at: number;
  readonly windowMs: number;
  readonly nanoCores: number;
  readonly memoryBytes: number;
}

export interface NodeUsage {
  readonly node: Usage | undefined;
  /** By the keys of scrapes. */
  readonly containers: ReadonlyMap<string, Usage>;
}

/** Shorter than this a rate is noise. */
const shortestMs = 500;

/** The use between two samples; what has begun since the first is measured from its beginning. */
function usageBetween(before: UsageSample | undefined, now: UsageSample): Usage | undefined {
  const isSame = before !== undefined && before.startedAt === now.startedAt && before.cpuSeconds <= now.cpuSeconds;
  const from = isSame ? before : { at: now.startedAt, cpuSeconds: 0 };
  const windowMs = now.at - (from.at ?? now.at);
  if (windowMs < shortestMs) return undefined;
  const nanoCores = Math.round(((now.cpuSeconds - from.cpuSeconds) * 1e12) / windowMs);
  return { at: now.at, windowMs, nanoCores, memoryBytes: now.memoryBytes };
}

/** What a node and its containers use, by two scrapes of its kubelet. */
export function nodeUsage(before: NodeScrape, now: NodeScrape): NodeUsage {
  const containers = [...now.containers].flatMap(([key, sample]): [string, Usage][] => {
    const usage = usageBetween(before.containers.get(key), sample);
    return usage === undefined ? [] : [[key, usage]];
  });
  // Nodes that share a machine have begun long ago: only what was between counts.
  const node = now.node === undefined || before.node === undefined ? undefined : usageBetween(before.node, now.node);
  return { node, containers: new Map(containers) };
}

/** Nanoseconds of CPU a second, as a canonical quantity. */
function cpuQuantity(nanoCores: number): string {
  for (const [unit, suffix] of [
    [1e9, ''],
    [1e6, 'm'],
    [1e3, 'u'],
  ] as const) {
    if (nanoCores % unit === 0) return `${nanoCores / unit}${suffix}`;
  }
  return `${nanoCores}n`;
}

function memoryQuantity(bytes: number): string {
  if (bytes === 0) return '0';
  let value = bytes;
  let power = 0;
  const suffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti'];
  while (value % 1024 === 0 && power < suffixes.length - 1) {
    value /= 1024;
    power++;
  }
  return `${value}${suffixes[power]}`;
}

/** Usage as objects carry it. */
export const usageList = ({ nanoCores, memoryBytes }: Usage): Readonly<Record<'cpu' | 'memory', string>> => ({
  cpu: cpuQuantity(nanoCores),
  memory: memoryQuantity(memoryBytes),
});

/** A window of time as Go writes it: `15.02s`, `1m2s`. */
export function windowText(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds}s`;
  return `${Math.floor(seconds / 60)}m${Math.round((seconds % 60) * 1000) / 1000}s`;
}
