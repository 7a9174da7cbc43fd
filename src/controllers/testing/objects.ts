import type { Deployment } from '../../api/apps/deployment.schema.ts';
import type { Node } from '../../api/core/node.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import type { Service } from '../../api/core/service.schema.ts';

const created = '2026-01-01T00:00:00Z';

const container: Pod['spec']['containers'][number] = {
  name: 'main',
  image: 'web:1',
  ports: [{ name: 'http', containerPort: 8080 }],
  resources: {},
};

/** A pod for tests: ready on `node` with `ip` where these are given. */
export function pod(
  name: string,
  options: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly node?: string;
    readonly ip?: string;
    readonly ready?: boolean;
    readonly deleting?: boolean;
    readonly phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
    readonly owner?: { readonly kind: string; readonly name: string; readonly uid: string };
    readonly spec?: Partial<Pod['spec']>;
    readonly created?: string;
    readonly readySince?: string;
  } = {},
): Pod {
  const { labels = {}, node, ip, ready = false, deleting = false, phase = 'Running', owner } = options;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'default',
      uid: `uid-${name}`,
      resourceVersion: '1',
      creationTimestamp: options.created ?? created,
      labels,
      ...(deleting ? { deletionTimestamp: created } : {}),
      ...(owner === undefined ? {} : { ownerReferences: [{ apiVersion: 'apps/v1', ...owner, controller: true }] }),
    },
    spec: {
      containers: [container],
      ...(node === undefined ? {} : { nodeName: node }),
      ...options.spec,
    },
    status: {
      phase,
      ...(ip === undefined ? {} : { podIP: ip, podIPs: [{ ip }] }),
      conditions: [
        { type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: options.readySince ?? created },
      ],
    },
  };
}

/** A node for tests, ready and with room. */
export function node(name: string, options: Partial<Node['spec']> & { readonly ready?: boolean } = {}): Node {
  const { ready = true, ...spec } = options;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      uid: `uid-${name}`,
      resourceVersion: '1',
      creationTimestamp: created,
      labels: { 'kubernetes.io/hostname': name },
    },
    spec,
    status: {
      allocatable: { cpu: '2', memory: '4Gi', pods: '110' },
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      addresses: [{ type: 'InternalIP', address: `192.0.2.${name.length + Number(/\d+$/.exec(name)?.[0] ?? 0)}` }],
    },
  };
}

/** A Service for tests that selects `app: web`. */
export function service(name: string, spec: Partial<Service['spec']> = {}): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default', uid: `uid-${name}`, resourceVersion: '1', creationTimestamp: created },
    spec: {
      type: 'ClusterIP',
      clusterIP: '10.233.0.10',
      selector: { app: 'web' },
      ports: [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' }],
      ...spec,
    },
    status: { loadBalancer: {} },
  };
}

/** A Deployment for tests with pods of `app: web`. */
export function deployment(name: string, spec: Partial<Deployment['spec']> = {}): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name,
      namespace: 'default',
      uid: `uid-${name}`,
      resourceVersion: '1',
      creationTimestamp: created,
      generation: 1,
    },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [container] },
      },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      ...spec,
    },
    status: {},
  };
}
