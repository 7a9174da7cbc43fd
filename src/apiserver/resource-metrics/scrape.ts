/** How much something had used up to a moment: milliseconds since 1970, seconds of CPU time, bytes. */
export interface UsageSample {
  readonly at: number;
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
  /** When it began, in milliseconds since 1970; undefined where that is not known. */
  readonly startedAt: number | undefined;
}

/** What a kubelet says of its node at one moment. */
export interface NodeScrape {
  readonly node: UsageSample | undefined;
  /** By namespace, pod and container, as `containerKey` joins them. */
  readonly containers: ReadonlyMap<string, UsageSample>;
}

/** No name has a slash. */
export const containerKey = (namespace: string, pod: string, container: string): string =>
  `${namespace}/${pod}/${container}`;

interface Partial {
  at?: number;
  cpuSeconds?: number;
  memoryBytes?: number;
  startedAt?: number;
}

const line = /^(container|node)_([a-z_]+?)(?:\{(.*)\})? (\S+)(?: (\d+))?$/;
const label = /(\w+)="((?:[^"\\]|\\.)*)"/g;

function keyOf(labels: string): string {
  const values = Object.fromEntries([...labels.matchAll(label)].map(([, name = '', value = '']) => [name, value]));
  return containerKey(values['namespace'] ?? '', values['pod'] ?? '', values['container'] ?? '');
}

function take(partial: Partial, measure: string, value: number, stamp: string | undefined): void {
  if (measure === 'cpu_usage_seconds_total') {
    partial.cpuSeconds = value;
    if (stamp !== undefined) partial.at = Number(stamp);
  } else if (measure === 'memory_working_set_bytes') partial.memoryBytes = value;
  else if (measure === 'start_time_seconds') partial.startedAt = value * 1000;
}

function complete({ at, cpuSeconds, memoryBytes, startedAt }: Partial): UsageSample | undefined {
  if (at === undefined || cpuSeconds === undefined || memoryBytes === undefined) return undefined;
  return { at, cpuSeconds, memoryBytes, startedAt };
}

/** Reads a kubelet's `/metrics/resource`; what lacks CPU time, its moment, or memory is left out. */
export function parseScrape(text: string): NodeScrape {
  const node: Partial = {};
  const containers = new Map<string, Partial>();
  for (const each of text.split('\n')) {
    const match = line.exec(each);
    if (match === null) continue;
    const [, subject, measure = '', labels = '', number = '', stamp] = match;
    const value = Number(number);
    if (!Number.isFinite(value)) continue;
    if (subject === 'node') take(node, measure, value, stamp);
    else {
      const key = keyOf(labels);
      const known = containers.get(key) ?? {};
      containers.set(key, known);
      take(known, measure, value, stamp);
    }
  }
  const samples = [...containers].flatMap(([key, partial]): [string, UsageSample][] => {
    const sample = complete(partial);
    return sample === undefined ? [] : [[key, sample]];
  });
  return { node: complete(node), containers: new Map(samples) };
}
