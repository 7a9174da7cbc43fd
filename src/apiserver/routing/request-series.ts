import type { Metric, Registry } from 'prom-client';

/** Upper bounds in seconds, as upstream has them. */
const bounds = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];

export type RequestLabels = Record<'verb' | 'group' | 'version' | 'resource' | 'subresource' | 'scope', string>;

/** The requests of one kind: how many by HTTP code, and how long they took. */
export class RequestSeries {
  readonly labels: RequestLabels;
  readonly codes = new Map<number, number>();
  /** How many took at most as long as each bound, but longer than the one before; the rest at the end. */
  readonly buckets = Array.from({ length: bounds.length + 1 }, () => 0);
  seconds = 0;
  timed = 0;

  constructor(labels: RequestLabels) {
    this.labels = labels;
  }

  count(code: number): void {
    this.codes.set(code, (this.codes.get(code) ?? 0) + 1);
  }

  time(seconds: number): void {
    let index = 0;
    while (index < bounds.length && seconds > (bounds[index] ?? 0)) index++;
    this.buckets[index] = (this.buckets[index] ?? 0) + 1;
    this.seconds += seconds;
    this.timed++;
  }
}

interface Value {
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What prom-client asks a metric for. */
interface Values {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'histogram';
  readonly values: readonly Value[];
}

/** Shows series under upstream's names. Every request is counted: prom-client's own counters take a tenth of its time. */
export function registerSeries(registry: Registry, series: () => Iterable<RequestSeries>): void {
  const register = (values: () => Values): void => {
    const metric = { name: values().name, get: () => Promise.resolve(values()) };
    registry.registerMetric(metric as unknown as Metric);
  };
  register(() => ({
    name: 'apiserver_request_total',
    help: 'Requests by verb, resource and HTTP code',
    type: 'counter',
    values: [...series()].flatMap(({ labels, codes }) =>
      [...codes].map(([code, value]) => ({ labels: { ...labels, code: String(code) }, value })),
    ),
  }));
  register(() => ({
    name: 'apiserver_request_duration_seconds',
    help: 'Seconds until the answer began, watches aside',
    type: 'histogram',
    values: [...series()].filter(({ timed }) => timed > 0).flatMap(histogram),
  }));
}

function histogram({ labels, buckets, seconds, timed }: RequestSeries): readonly Value[] {
  const name = 'apiserver_request_duration_seconds';
  let below = 0;
  const values = buckets.map((count, index) => {
    below += count;
    return { metricName: `${name}_bucket`, labels: { ...labels, le: String(bounds[index] ?? '+Inf') }, value: below };
  });
  return [
    ...values,
    { metricName: `${name}_sum`, labels, value: seconds },
    { metricName: `${name}_count`, labels, value: timed },
  ];
}
