import type { Registry } from 'prom-client';

/** What the controller counts, under ingress-nginx's names where it has them. */
export interface IngressMetrics {
  /** nginx has reloaded; the time until all of its processes use the new configuration. */
  reloaded(seconds: number): void;
  /** Rules could not be brought into nginx. */
  failed(): void;
  /** nginx was told of routes, endpoints or certificates; the time that this took. */
  pushed(seconds: number): void;
  /** New rules are in effect; the time from when they were seen. */
  applied(hosts: number, seconds: number): void;
}

const noMetrics: IngressMetrics = {
  reloaded: () => undefined,
  failed: () => undefined,
  pushed: () => undefined,
  applied: () => undefined,
};

/** Registers the controller's metrics; without a registry nothing is counted and the library is not loaded. */
export async function createIngressMetrics(registry: Registry | undefined): Promise<IngressMetrics> {
  if (registry === undefined) return noMetrics;
  const { Counter, Gauge, Histogram } = await import('prom-client');
  const registers = [registry];
  const success = new Counter({
    name: 'nginx_ingress_controller_success',
    help: 'Reloads of nginx that succeeded',
    registers,
  });
  const errors = new Counter({
    name: 'nginx_ingress_controller_errors',
    help: 'Rules that could not be brought into nginx',
    registers,
  });
  const lastGood = new Gauge({
    name: 'nginx_ingress_controller_config_last_reload_successful',
    help: 'Whether the last rules that were tried are in effect',
    registers,
  });
  const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
  const histogram = (name: string, help: string): InstanceType<typeof Histogram> =>
    new Histogram({ name, help, buckets, registers });
  const sync = histogram('cox_ingress_sync_duration_seconds', 'Time until new rules were in effect, in seconds');
  const reload = histogram('cox_ingress_reload_duration_seconds', 'Time until a reload was complete, in seconds');
  const push = histogram('cox_ingress_push_duration_seconds', 'Time that telling nginx its state took, in seconds');
  const hosts = new Gauge({ name: 'cox_ingress_hosts', help: 'Hosts that are served', registers });
  return {
    reloaded: (seconds) => {
      success.inc();
      reload.observe(seconds);
    },
    failed: () => {
      errors.inc();
      lastGood.set(0);
    },
    pushed: (seconds) => push.observe(seconds),
    applied: (count, seconds) => {
      lastGood.set(1);
      hosts.set(count);
      sync.observe(seconds);
    },
  };
}
