/** The parts of `/stats/summary` that metrics are made of. */
interface Usage {
  readonly startTime?: string;
  readonly cpu?: { readonly time?: string; readonly usageCoreNanoSeconds?: number };
  readonly memory?: { readonly time?: string; readonly workingSetBytes?: number };
}
interface PodUsage extends Usage {
  readonly podRef: { readonly name: string; readonly namespace: string };
  readonly containers?: readonly (Usage & { readonly name: string })[];
}
interface Summary {
  readonly node?: Usage;
  readonly pods?: readonly PodUsage[];
}

type Labels = Readonly<Record<string, string>>;

interface Sample {
  readonly labels: Labels;
  readonly usage: Usage;
}

const describe: Readonly<Record<string, string>> = {
  cpu_usage_seconds_total: 'counter Cumulative cpu time consumed by the %s in core-seconds',
  memory_working_set_bytes: 'gauge Current working set of the %s in bytes',
  start_time_seconds: 'gauge Start time of the %s since unix epoch in seconds',
};

function sampleText(name: string, labels: Labels, value: number, time: string | undefined): string {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}=${JSON.stringify(text)}`);
  const stamp = time === undefined ? '' : ` ${Date.parse(time)}`;
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}${stamp}`;
}

function family(subject: string, measure: string, samples: readonly Sample[]): string[] {
  const name = `${subject}_${measure}`;
  const lines = samples.flatMap(({ labels, usage }) => {
    const { cpu, memory, startTime } = usage;
    if (measure === 'cpu_usage_seconds_total') {
      return cpu?.usageCoreNanoSeconds === undefined
        ? []
        : [sampleText(name, labels, cpu.usageCoreNanoSeconds / 1e9, cpu.time)];
    }
    if (measure === 'memory_working_set_bytes') {
      return memory?.workingSetBytes === undefined
        ? []
        : [sampleText(name, labels, memory.workingSetBytes, memory.time)];
    }
    return startTime === undefined ? [] : [sampleText(name, labels, Date.parse(startTime) / 1000, undefined)];
  });
  if (lines.length === 0) return [];
  const [type = '', ...help] = (describe[measure] ?? '').split(' ');
  return [`# HELP ${name} [STABLE] ${help.join(' ').replace('%s', subject)}`, `# TYPE ${name} ${type}`, ...lines];
}

/** `/metrics/resource`: a stats summary as Prometheus text, under upstream's names; undefined when there is none. */
export function resourceMetrics(stats: unknown): string {
  const { node, pods = [] } = (stats ?? {}) as Summary;
  const nodes: Sample[] = node === undefined ? [] : [{ labels: {}, usage: node }];
  const podSamples = pods.map((pod): Sample => ({
    labels: { namespace: pod.podRef.namespace, pod: pod.podRef.name },
    usage: pod,
  }));
  const containers = pods.flatMap(({ podRef, containers = [] }) =>
    containers.map((usage): Sample => ({
      labels: { container: usage.name, namespace: podRef.namespace, pod: podRef.name },
      usage,
    })),
  );
  const lines = [
    ...family('container', 'cpu_usage_seconds_total', containers),
    ...family('container', 'memory_working_set_bytes', containers),
    ...family('container', 'start_time_seconds', containers),
    ...family('node', 'cpu_usage_seconds_total', nodes),
    ...family('node', 'memory_working_set_bytes', nodes),
    ...family('pod', 'cpu_usage_seconds_total', podSamples),
    ...family('pod', 'memory_working_set_bytes', podSamples),
    '# HELP resource_scrape_error [STABLE] 1 if there was an error while getting container metrics, 0 otherwise',
    '# TYPE resource_scrape_error gauge',
    `resource_scrape_error ${stats === undefined ? 1 : 0}`,
  ];
  return `${lines.join('\n')}\n`;
}
