import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { faultsOf, made } from '../testing/judge.ts';
import { serviceKind } from './service.ts';
import type { Service, ServiceSpec } from './service.schema.ts';

/** Services as they are stored, addresses and ports allocated. */
const address = { clusterIP: '10.233.0.9', clusterIPs: ['10.233.0.9'] };
const ports = (nodePort?: number) => [
  { port: 80, targetPort: 80, protocol: 'TCP', ...(nodePort === undefined ? {} : { nodePort }) },
];
const stored = (spec: object, status: object = { loadBalancer: {} }): Service => ({
  ...made(serviceKind, { spec: { selector: { app: 'web' }, ...spec } }),
  status: status as Service['status'],
});
const from = {
  ClusterIP: stored({ type: 'ClusterIP', ...address, ports: ports() }),
  headless: stored({ type: 'ClusterIP', clusterIP: 'None', clusterIPs: ['None'], ports: ports() }),
  NodePort: stored({ type: 'NodePort', ...address, ports: ports(30_080) }),
  LoadBalancer: stored(
    {
      type: 'LoadBalancer',
      ...address,
      ports: ports(30_080),
      externalTrafficPolicy: 'Local',
      healthCheckNodePort: 30_081,
    },
    { loadBalancer: { ingress: [{ ip: '172.29.0.192', ipMode: 'VIP' }] } },
  ),
  ExternalName: stored({ type: 'ExternalName', externalName: 'example.com' }),
};
const to: Record<string, Partial<ServiceSpec>> = {
  ClusterIP: { type: 'ClusterIP' },
  NodePort: { type: 'NodePort' },
  LoadBalancer: { type: 'LoadBalancer' },
  ExternalName: { type: 'ExternalName', externalName: 'example.com' },
  headless: { type: 'ClusterIP', clusterIP: 'None', clusterIPs: ['None'] },
};

/** What is left of what the server gave, in one line; what is to be allocated anew shows as absent. */
function kept({ spec, status }: Service): string {
  const { clusterIP, ports: all = [], healthCheckNodePort, externalTrafficPolicy, ipFamilyPolicy } = spec;
  return [
    clusterIP,
    all[0]?.nodePort,
    healthCheckNodePort,
    externalTrafficPolicy,
    spec.allocateLoadBalancerNodePorts === undefined ? undefined : 'allocates',
    ipFamilyPolicy,
    status.loadBalancer.ingress?.[0]?.ip,
  ]
    .filter((part) => part !== undefined)
    .join(' ');
}

describe('a Service that changes its type', () => {
  const immutable = 'spec.clusterIPs[0]: Invalid value: ["None"]: may not change once set';
  const taken = (type: string) =>
    `spec.clusterIPs[0]: Invalid value: "None": may not be set to 'None' for ${type} services`;
  const cases: Record<string, readonly [kept: string, ...faults: string[]]> = {
    'ClusterIP to NodePort': ['10.233.0.9 Cluster SingleStack'],
    'ClusterIP to LoadBalancer': ['10.233.0.9 Cluster allocates SingleStack'],
    'ClusterIP to ExternalName': [''],
    'ClusterIP to headless': ['None SingleStack', immutable],
    'headless to ClusterIP': ['None SingleStack'],
    'headless to NodePort': ['None Cluster SingleStack', taken('NodePort')],
    'headless to LoadBalancer': ['None Cluster allocates SingleStack', taken('LoadBalancer')],
    'headless to ExternalName': [''],
    'NodePort to ClusterIP': ['10.233.0.9 SingleStack'],
    'NodePort to LoadBalancer': ['10.233.0.9 30080 Cluster allocates SingleStack'],
    'NodePort to ExternalName': [''],
    'NodePort to headless': ['None SingleStack', immutable],
    'LoadBalancer to ClusterIP': ['10.233.0.9 SingleStack'],
    'LoadBalancer to NodePort': ['10.233.0.9 30080 Local SingleStack'],
    'LoadBalancer to ExternalName': [''],
    'LoadBalancer to headless': ['None SingleStack', immutable],
    'ExternalName to ClusterIP': ['SingleStack', 'spec.ports: Required value'],
    'ExternalName to NodePort': ['Cluster SingleStack', 'spec.ports: Required value'],
    'ExternalName to LoadBalancer': ['Cluster allocates SingleStack', 'spec.ports: Required value'],
    'ExternalName to headless': ['None SingleStack'],
  };
  for (const [name, [expected, ...faults]] of Object.entries(cases)) {
    it(name, () => {
      const [before = '', after = ''] = name.split(' to ');
      const old = from[before as keyof typeof from];
      // As a patch does it: everything else stays as it was read.
      const sent: Service = { ...old, spec: { ...old.spec, ...to[after] } };
      const complete = serviceKind.defaults?.(sent) ?? sent;
      const request = { subresource: '', now: '' } as never;
      const changed = serviceKind.prepareForUpdate?.(complete, old, request) ?? complete;
      assert.equal(kept(changed), expected);
      assert.deepEqual(faultsOf(serviceKind, complete, old), faults);
    });
  }
});

describe('a Service', () => {
  const cases: Record<string, readonly [spec: object, ...faults: string[]]> = {
    'with one port number under two protocols': [
      {
        ports: [
          { name: 'tcp', port: 53 },
          { name: 'udp', port: 53, protocol: 'UDP' },
          { name: 'sctp', port: 53, protocol: 'SCTP' },
        ],
      },
    ],
    'with one port twice': [
      {
        ports: [
          { name: 'a', port: 53 },
          { name: 'b', port: 53 },
        ],
      },
      'spec.ports[1]: Duplicate value: {"protocol":"TCP","port":53}',
    ],
    'that would take two families if it could': [{ ports: ports(), ipFamilyPolicy: 'PreferDualStack' }],
    'that shows the kubelet': [
      { type: 'LoadBalancer', ports: [{ port: 10_250 }] },
      'spec.ports[0]: Invalid value: 10250: may not expose port 10250 externally since it is used by kubelet',
    ],
    'of a class': [{ type: 'LoadBalancer', ports: ports(), loadBalancerClass: 'coxswain.dev/node-network' }],
    'with a class and no balancer': [
      { ports: ports(), loadBalancerClass: 'coxswain.dev/node-network' },
      "spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'",
    ],
    'with a health check port of another policy': [
      { type: 'LoadBalancer', ports: ports(), healthCheckNodePort: 30_081 },
      "spec.healthCheckNodePort: Invalid value: 30081: may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
    ],
  };
  for (const [name, [spec, ...faults]] of Object.entries(cases)) {
    it(name, () => assert.deepEqual(faultsOf(serviceKind, made(serviceKind, { spec })), faults));
  }
});

it('a Service that gives up its affinity needs not name its settings', () => {
  const sticky = stored({ type: 'ClusterIP', ...address, ports: ports(), sessionAffinity: 'ClientIP' });
  assert.deepEqual(sticky.spec.sessionAffinityConfig, { clientIP: { timeoutSeconds: 10_800 } });
  const { spec } = made(serviceKind, { spec: { ...sticky.spec, sessionAffinity: 'None' } });
  assert.deepEqual([spec.sessionAffinity, 'sessionAffinityConfig' in spec], ['None', false]);
});
