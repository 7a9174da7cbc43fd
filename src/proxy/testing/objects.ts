import type { Service } from '../../api/core/service.schema.ts';
import type { EndpointSlice } from '../../api/discovery/endpoint-slice.schema.ts';
import type { ProxyConfiguration } from '../plan/configuration.ts';

/** A node with one pod range of its own, for tests. */
export const testConfiguration: ProxyConfiguration = {
  nodeName: 'node-1',
  nodeAddresses: ['172.29.0.11'],
  zone: 'zone-a',
  podRange: '10.233.64.0/18',
  localPodRange: '10.233.64.0/24',
  serviceRanges: ['10.233.0.0/18'],
  localAddresses: ['10.233.0.3'],
  balancerRanges: ['172.29.0.224/27'],
  gatewayAddresses: ['172.29.0.1'],
};

const metadata = { namespace: 'default', uid: '1', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };

/** A Service called `web` at 10.233.0.10, port 80, unless the spec says otherwise. */
export function testService(
  spec: Partial<Service['spec']> = {},
  extra: { name?: string; status?: Service['status']; labels?: Record<string, string> } = {},
): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      ...metadata,
      name: extra.name ?? 'web',
      ...(extra.labels === undefined ? {} : { labels: extra.labels }),
    },
    spec: { type: 'ClusterIP', clusterIP: '10.233.0.10', ports: [{ port: 80, protocol: 'TCP' }], ...spec },
    status: extra.status ?? { loadBalancer: {} },
  };
}

type Endpoint = NonNullable<EndpointSlice['endpoints']>[number];

/** A slice of the Service called `service`, with one unnamed port unless others are given. */
export function testSlice(
  endpoints: readonly Endpoint[],
  extra: { name?: string; service?: string; ports?: EndpointSlice['ports']; annotations?: Record<string, string> } = {},
): EndpointSlice {
  const service = extra.service ?? 'web';
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      ...metadata,
      name: extra.name ?? `${service}-1`,
      labels: { 'kubernetes.io/service-name': service },
      ...(extra.annotations === undefined ? {} : { annotations: extra.annotations }),
    },
    addressType: 'IPv4',
    endpoints,
    ports: extra.ports ?? [{ name: '', port: 8080, protocol: 'TCP' }],
  };
}

/** An endpoint on `node-1` for addresses in 10.233.64.0/24, on `node-2` otherwise. */
export function testEndpoint(ip: string, extra: Partial<Endpoint> = {}): Endpoint {
  return { addresses: [ip], nodeName: ip.startsWith('10.233.64.') ? 'node-1' : 'node-2', ...extra };
}
