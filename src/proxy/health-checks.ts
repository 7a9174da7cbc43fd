import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { Service } from '../api/core/service.schema.ts';
import type { EndpointSlice } from '../api/discovery/endpoint-slice.schema.ts';
import type { Logger } from '../system/logger.ts';
import { isPort } from '../system/ipv4.ts';
import { isForeign } from './plan/service-ports.ts';

/** What a load balancer learns of one Service on this node. */
export interface ServiceHealth {
  readonly namespace: string;
  readonly name: string;
  /** Where it asks. */
  readonly port: number;
  /** Ready endpoints of the Service on this node, each address once. */
  readonly localEndpoints: number;
}

/** The health of a Service that has a `healthCheckNodePort`; undefined for all others. */
export function planHealthCheck(
  { metadata, spec }: Service,
  slices: readonly EndpointSlice[],
  nodeName: string,
): ServiceHealth | undefined {
  const { type, externalTrafficPolicy, healthCheckNodePort: port } = spec;
  if (type !== 'LoadBalancer' || externalTrafficPolicy !== 'Local' || !isPort(port)) return undefined;
  if (isForeign(metadata.labels)) return undefined;
  const ready = slices.flatMap(({ addressType, endpoints = [] }) => {
    if (addressType !== 'IPv4') return [];
    return endpoints.filter((endpoint) => endpoint.nodeName === nodeName && endpoint.conditions?.ready !== false);
  });
  const localEndpoints = new Set(ready.map(({ addresses }) => addresses[0])).size;
  return { namespace: metadata.namespace ?? '', name: metadata.name, port, localEndpoints };
}

/** The answer to a health check: 200 where traffic for the Service would find an endpoint here, 503 otherwise. */
export function healthAnswer({ namespace, name, localEndpoints }: ServiceHealth): { status: number; body: string } {
  const service = `\t"service": {\n\t\t"namespace": ${JSON.stringify(namespace)},\n\t\t"name": ${JSON.stringify(name)}\n\t}`;
  const rest = `\t"localEndpoints": ${localEndpoints},\n\t"serviceProxyHealthy": true`;
  return { status: localEndpoints > 0 ? 200 : 503, body: `{\n${service},\n${rest}\n}` };
}

interface Listening {
  health: ServiceHealth;
  readonly servers: readonly Server[];
}

export interface HealthChecksOptions {
  /** The node's addresses, on which health checks are answered. */
  readonly addresses: readonly string[];
  readonly logger: Logger;
}

/** Answers load balancers' health checks for Services with external policy Local, each on its port of the node. */
export class HealthChecks {
  readonly #options: HealthChecksOptions;
  readonly #listening = new Map<string, Listening>();

  constructor(options: HealthChecksOptions) {
    this.#options = options;
  }

  /** Replaces what is known of the Service with this key; undefined where it has no health check any more. */
  set(key: string, health: ServiceHealth | undefined): void {
    const found = this.#listening.get(key);
    if (found !== undefined && found.health.port === health?.port) {
      found.health = health;
      return;
    }
    if (found !== undefined) this.#close(key, found);
    if (health !== undefined) this.#open(key, health);
  }

  close(): void {
    for (const [key, found] of this.#listening) this.#close(key, found);
  }

  #open(key: string, health: ServiceHealth): void {
    const { addresses, logger } = this.#options;
    const servers = addresses.map((address) => {
      const server = createServer({ connectionsCheckingInterval: 5000, requestTimeout: 5000 }, (_, response) => {
        const current = this.#listening.get(key)?.health ?? health;
        const { status, body } = healthAnswer(current);
        response.writeHead(status, {
          'Content-Type': 'application/json',
          'X-Content-Type-Options': 'nosniff',
          'X-Load-Balancing-Endpoint-Weight': String(current.localEndpoints),
        });
        response.end(body);
      });
      // Its Service works all the same; only the balancer does not learn of it.
      server.on('error', (err) => {
        logger.error({ err, service: key, address, port: health.port }, 'cannot answer health checks of this Service');
      });
      return server.listen(health.port, address);
    });
    this.#listening.set(key, { health, servers });
  }

  #close(key: string, { servers }: Listening): void {
    this.#listening.delete(key);
    for (const server of servers) {
      server.close();
      server.closeAllConnections();
    }
  }
}
