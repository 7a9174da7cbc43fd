import type { Namespace } from '../../api/core/namespace.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import type { Service, ServiceSpec } from '../../api/core/service.schema.ts';
import type { Endpoint, EndpointSlice } from '../../api/discovery/endpoint-slice.schema.ts';
import type { IndexedObject } from '../records/cluster-index.ts';
import { ClusterIndex } from '../records/cluster-index.ts';
import type { Zone } from '../records/zone.ts';

export const testZone: Zone = { domain: 'cluster.local', serverAddresses: ['10.233.0.3'], ttl: 5 };

/** Splits `namespace/name`; the namespace is `default` when left out. */
function metadataOf(key: string) {
  const [name = '', namespace = 'default'] = key.split('/').reverse();
  return { name, namespace, uid: `uid-${key}`, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };
}

export function testService(key: string, spec: ServiceSpec): Service {
  const clusterIPs = spec.clusterIP === undefined ? undefined : [spec.clusterIP];
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadataOf(key),
    spec: { type: 'ClusterIP', clusterIPs, ...spec },
    status: { loadBalancer: {} },
  };
}

/** A slice of the Service `service` (`namespace/name`), whose endpoints are addresses or whole endpoints. */
export function testSlice(
  service: string,
  endpoints: readonly (string | Endpoint)[],
  { suffix = 'a', ports = [], addressType = 'IPv4' }: Partial<EndpointSlice> & { suffix?: string } = {},
): EndpointSlice {
  const { name, ...metadata } = metadataOf(service);
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { ...metadata, name: `${name}-${suffix}`, labels: { 'kubernetes.io/service-name': name } },
    addressType,
    endpoints: endpoints.map((endpoint) =>
      typeof endpoint === 'string' ? { addresses: [endpoint], conditions: { ready: true } } : endpoint,
    ),
    ports,
  };
}

export function testNamespace(name: string): Namespace {
  const { namespace: _, ...metadata } = metadataOf(name);
  return { apiVersion: 'v1', kind: 'Namespace', metadata, spec: {}, status: { phase: 'Active' } };
}

export function testPod(key: string, podIP: string, spec: Partial<Pod['spec']> = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: metadataOf(key),
    spec: { containers: [], nodeName: 'kube-worker-1', ...spec },
    status: { phase: 'Running', podIP, podIPs: [{ ip: podIP }] },
  };
}

export function testIndex(...objects: readonly IndexedObject[]): ClusterIndex {
  const index = new ClusterIndex(1000);
  for (const object of objects) index.put(object);
  return index;
}
