import type { Registry } from 'prom-client';
import type { Answer } from './server/answer.ts';
import { rcodeName, typeName } from './wire/constants.ts';

/** What the DNS server counts, under the names that CoreDNS gives the same things. */
export interface DnsMetrics {
  answered(client: { readonly protocol: string }, type: number, answer: Answer, seconds: number): void;
  /** `rcode` is undefined when no answer came. */
  forwarded(to: string, seconds: number, rcode: number | undefined): void;
  /** Time from the change that caused an endpoint to its record. */
  programmed(seconds: number): void;
}

/** What is read only when somebody asks for the metrics. */
export interface DnsGauges {
  readonly cacheEntries: () => number;
  readonly services: () => number;
}

const noMetrics: DnsMetrics = {
  answered: () => undefined,
  forwarded: () => undefined,
  programmed: () => undefined,
};

const durationBuckets = [0.00025, 0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024];
const slowBuckets = [...durationBuckets, 2.048, 4.096, 8.192];

/** Registers the metrics; without a registry nothing is counted and the library is not loaded. */
export async function createDnsMetrics(
  registry: Registry | undefined,
  { address, port, zone }: { readonly address: string; readonly port: number; readonly zone: string },
  gauges: DnsGauges,
): Promise<DnsMetrics> {
  if (registry === undefined) return noMetrics;
  const { Counter, Gauge, Histogram } = await import('prom-client');
  const registers = [registry];
  const server = `dns://${address}:${port}`;
  const family = address.includes(':') ? '2' : '1';
  const tally = new Tally();
  const requests = new Counter({
    name: 'coredns_dns_requests_total',
    help: 'Queries by zone, protocol, address family and type',
    labelNames: ['server', 'zone', 'view', 'proto', 'family', 'type'],
    registers,
    collect: () => tally.drain('request', (labels, count) => requests.inc(labels, count)),
  });
  const responses = new Counter({
    name: 'coredns_dns_responses_total',
    help: 'Responses by zone, response code and what made them',
    labelNames: ['server', 'zone', 'view', 'rcode', 'plugin'],
    registers,
    collect: () => tally.drain('response', (labels, count) => responses.inc(labels, count)),
  });
  const durations = new Histogram({
    name: 'coredns_dns_request_duration_seconds',
    help: 'Time that each query took, in seconds',
    labelNames: ['server', 'zone', 'view'],
    buckets: durationBuckets,
    registers,
  });
  const hits = new Counter({
    name: 'coredns_cache_hits_total',
    help: 'Queries about names outside that the cache answered',
    labelNames: ['server'],
    registers,
  });
  const misses = new Counter({
    name: 'coredns_cache_misses_total',
    help: 'Queries about names outside that other servers had to answer',
    labelNames: ['server'],
    registers,
  });
  const autopath = new Counter({
    name: 'coredns_autopath_success_total',
    help: 'Queries for which the search path was finished here',
    labelNames: ['server'],
    registers,
  });
  const upstreams = new Histogram({
    name: 'coredns_proxy_request_duration_seconds',
    help: 'Time that each query to another server took, in seconds',
    labelNames: ['proxy_name', 'to', 'rcode'],
    buckets: slowBuckets,
    registers,
  });
  const programming = new Histogram({
    name: 'coredns_kubernetes_dns_programming_duration_seconds',
    help: 'Time from a change of an endpoint to its records, in seconds',
    labelNames: ['service_kind'],
    buckets: slowBuckets,
    registers,
  });
  const entries: InstanceType<typeof Gauge> = new Gauge({
    name: 'coredns_cache_entries',
    help: 'Answers of other servers in the cache',
    labelNames: ['server'],
    registers,
    collect: () => entries.set({ server }, gauges.cacheEntries()),
  });
  const services: InstanceType<typeof Gauge> = new Gauge({
    name: 'cox_dns_services',
    help: 'Services that have records here',
    registers,
    collect: () => services.set(gauges.services()),
  });
  const zones = { inside: { server, zone: `${zone}.`, view: '' }, outside: { server, zone: '.', view: '' } };
  const inside = durations.labels(zones.inside);
  const outside = durations.labels(zones.outside);
  return {
    answered: ({ protocol }, type, { rcode, origin }, seconds) => {
      const ours = origin === 'kubernetes' || origin === 'autopath';
      (ours ? inside : outside).observe(seconds);
      const labels = ours ? zones.inside : zones.outside;
      tally.add(`request ${ours} ${protocol} ${type}`, () => ({
        ...labels,
        proto: protocol,
        family,
        type: known(type),
      }));
      tally.add(`response ${rcode} ${origin}`, () => ({ ...labels, rcode: rcodeName(rcode), plugin: origin }));
      if (origin === 'autopath') autopath.inc({ server });
      if (origin === 'cache') hits.inc({ server });
      if (origin === 'forward') misses.inc({ server });
    },
    forwarded: (to, seconds, rcode) =>
      upstreams.observe({ proxy_name: 'forward', to, rcode: rcode === undefined ? 'none' : rcodeName(rcode) }, seconds),
    programmed: (seconds) => programming.observe({ service_kind: 'headless_with_selector' }, seconds),
  };
}

/** A client chooses the type: only those with a name get a series of their own. */
function known(type: number): string {
  const name = typeName(type);
  return name.startsWith('TYPE') ? 'other' : name;
}

type Labels = Record<string, string>;

/** Counts by a cheap key and turns it into labels when the metrics are read: that costs more than a query does. */
class Tally {
  readonly #counts = new Map<string, { readonly labels: Labels; count: number }>();

  add(key: string, labels: () => Labels): void {
    const entry = this.#counts.get(key);
    if (entry === undefined) this.#counts.set(key, { labels: labels(), count: 1 });
    else entry.count += 1;
  }

  /** Hands over the counts whose key starts with `prefix`, and starts them at zero. */
  drain(prefix: string, take: (labels: Labels, count: number) => void): void {
    for (const [key, entry] of this.#counts) {
      if (!key.startsWith(prefix) || entry.count === 0) continue;
      take(entry.labels, entry.count);
      entry.count = 0;
    }
  }
}
