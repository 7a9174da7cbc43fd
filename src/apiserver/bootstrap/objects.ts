import type { KubeObject, Unsaved } from '../../api/object.ts';
import { flowControlObjects } from './flow-control.ts';

type NewObject = Unsaved<KubeObject>;

const namespaces = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

const namespace = (name: string): NewObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

function priorityClass(name: string, value: number, description: string): NewObject {
  const apiVersion = 'scheduling.k8s.io/v1';
  const fields = { value, preemptionPolicy: 'PreemptLowerPriority', description };
  return { apiVersion, kind: 'PriorityClass', metadata: { name }, ...fields };
}

/** What every cluster has from its first moment: namespaces, and the priorities of workloads and of requests. */
export function clusterObjects(): readonly NewObject[] {
  return [
    ...namespaces.map(namespace),
    priorityClass(
      'system-cluster-critical',
      2_000_000_000,
      'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
    ),
    priorityClass(
      'system-node-critical',
      2_000_001_000,
      'Used for system critical pods that must not be moved from their current node.',
    ),
    ...flowControlObjects(),
  ];
}

export interface Advertised {
  readonly address: string;
  readonly port: number;
}

const name = 'kubernetes';
const own = { name, namespace: 'default' };

/** The Service through which pods reach the API server; `clusterIP` is the first address of the range. */
export function kubernetesService(clusterIP: string, { port }: Advertised): NewObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...own, labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: {
      type: 'ClusterIP',
      clusterIP,
      clusterIPs: [clusterIP],
      ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort: port }],
      sessionAffinity: 'None',
    },
  } as NewObject;
}

/** Where the API server listens, in the form of Endpoints and of an EndpointSlice. */
export function kubernetesEndpoints({ address, port }: Advertised): readonly NewObject[] {
  const ports = [{ name: 'https', port, protocol: 'TCP' }];
  const endpoints = {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { ...own, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    subsets: [{ addresses: [{ ip: address }], ports }],
  };
  const slice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { ...own, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports,
  };
  return [endpoints, slice];
}

/** The range of Service addresses, for those who look it up. */
export function serviceCidr(range: string): NewObject {
  const spec = { cidrs: [range] };
  return { apiVersion: 'networking.k8s.io/v1', kind: 'ServiceCIDR', metadata: { name }, spec } as NewObject;
}
