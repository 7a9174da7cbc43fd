import type { Registry } from 'prom-client';

/** What the controller counts, under ingress-nginx's names where it has them. */
export interface IngressMetrics {
  reloaded(seconds: number): void;
  refused(): void;
  /** Endpoints were told to nginx; the time that this took. */
  pushed(seconds: number): void;
  size(hosts: number): void;
}

const noMetrics: IngressMetrics = {
  reloaded: () => undefined,
  refused: () => undefined,
  pushed: () => undefined,
  size: () => undefined,
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
    help: 'Configurations that nginx did not take',
    registers,
  });
  const lastGood = new Gauge({
    name: 'nginx_ingress_controller_config_last_reload_successful',
    help: 'Whether nginx took the last configuration that was tried',
    registers,
  });
  const reload = new Histogram({
    name: 'cox_ingress_reload_duration_seconds',
    help: 'Time from a rendered configuration to nginx answering with it, in seconds',
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers,
  });
  const push = new Histogram({
    name: 'cox_ingress_endpoint_push_duration_seconds',
    help: 'Time that telling nginx about endpoints took, in seconds',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25],
    registers,
  });
  const hosts = new Gauge({ name: 'cox_ingress_hosts', help: 'Hosts that are served', registers });
  return {
    reloaded: (seconds) => {
      success.inc();
      lastGood.set(1);
      reload.observe(seconds);
    },
    refused: () => {
      errors.inc();
      lastGood.set(0);
    },
    pushed: (seconds) => push.observe(seconds),
    size: (count) => hosts.set(count),
  };
}
