import type { Registry } from 'prom-client';

/** What the proxy counts, under upstream's names where it has them. */
export interface ProxyMetrics {
  synced(kind: 'full' | 'partial', seconds: number): void;
  failed(): void;
  repaired(): void;
  /** Time from the change that caused an endpoint to the rules in the kernel. */
  programmed(seconds: number): void;
  size(owners: number): void;
}

const noMetrics: ProxyMetrics = {
  synced: () => undefined,
  failed: () => undefined,
  repaired: () => undefined,
  programmed: () => undefined,
  size: () => undefined,
};

/** Registers the proxy's metrics; without a registry nothing is counted and the library is not loaded. */
export async function createProxyMetrics(registry: Registry | undefined): Promise<ProxyMetrics> {
  if (registry === undefined) return noMetrics;
  const { Counter, Gauge, Histogram } = await import('prom-client');
  const registers = [registry];
  const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
  const sync = new Histogram({
    name: 'kubeproxy_sync_proxy_rules_duration_seconds',
    help: 'Time that one sync of the rules took, in seconds',
    labelNames: ['kind'],
    buckets,
    registers,
  });
  const programming = new Histogram({
    name: 'kubeproxy_network_programming_duration_seconds',
    help: 'Time from a change of an endpoint to its rules, in seconds',
    buckets: [...buckets, 10, 30, 60],
    registers,
  });
  const failures = new Counter({
    name: 'kubeproxy_sync_proxy_rules_nftables_sync_failures_total',
    help: 'Syncs that nft refused',
    registers,
  });
  const repairs = new Counter({
    name: 'cox_proxy_repairs_total',
    help: 'Full syncs that were needed because somebody else had changed the table',
    registers,
  });
  const owners = new Gauge({
    name: 'cox_proxy_services',
    help: 'Services and pods with host ports that have rules here',
    registers,
  });
  return {
    synced: (kind, seconds) => sync.observe({ kind }, seconds),
    failed: () => failures.inc(),
    repaired: () => repairs.inc(),
    programmed: (seconds) => programming.observe(seconds),
    size: (count) => owners.set(count),
  };
}
