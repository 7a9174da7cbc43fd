import type { Service } from '../api/core/service.schema.ts';
import type { Unsaved } from '../api/object.ts';

/**
 * The Service that gives cluster DNS its address and its name. It has no selector and no endpoints: each node answers
 * on the address by itself.
 */
export function kubeDnsObjects(address: string): readonly Unsaved<Service>[] {
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        name: 'kube-dns',
        namespace: 'kube-system',
        labels: {
          'k8s-app': 'kube-dns',
          'kubernetes.io/cluster-service': 'true',
          'kubernetes.io/name': 'CoreDNS',
        },
      },
      spec: {
        type: 'ClusterIP',
        clusterIP: address,
        clusterIPs: [address],
        ports: [
          { name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 },
          { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 53 },
        ],
      },
      status: { loadBalancer: {} },
    },
  ];
}
