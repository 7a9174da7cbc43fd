import type { Registry } from 'prom-client';
import { Gauge } from 'prom-client';

const startedAt = Date.now() / 1000 - process.uptime();

/**
 * What the process itself uses, under Prometheus' usual names, read when it is asked for. prom-client's own default
 * metrics measure the event loop's lag with a timer of 10 ms, which an idle process can do without.
 */
export function registerProcessMetrics(registry: Registry): void {
  const gauge = (name: string, help: string, read: () => number): void => {
    const metric: Gauge = new Gauge({ name, help, registers: [registry], collect: () => metric.set(read()) });
  };
  gauge('process_cpu_seconds_total', 'Processor time used, in seconds', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  gauge('process_resident_memory_bytes', 'Resident memory, in bytes', () => process.memoryUsage.rss());
  gauge('process_start_time_seconds', 'When the process started, in seconds since 1970', () => startedAt);
  gauge(
    'nodejs_heap_size_used_bytes',
    'Memory of live and dead JavaScript objects, in bytes',
    () => process.memoryUsage().heapUsed,
  );
  gauge(
    'nodejs_external_memory_bytes',
    'Memory of buffers outside of the heap, in bytes',
    () => process.memoryUsage().external,
  );
}
