import type { Node, Taint } from '../../api/core/node.schema.ts';
import type { PersistentVolumeClaim } from '../../api/core/persistent-volume-claim.schema.ts';
import type { PersistentVolume } from '../../api/core/persistent-volume.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import type { LabelSelector } from '../../api/meta/meta.schema.ts';
import type { StorageClass } from '../../api/storage/storage-class.schema.ts';
import { SchedulerCache } from '../cache.ts';
import type { ClusterView } from '../plugin.ts';

const kept = { resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };

export interface NodeParts {
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly Taint[];
  readonly unschedulable?: boolean;
  readonly allocatable?: Readonly<Record<string, string>>;
  readonly images?: Node['status']['images'];
}

/** A node of 4 CPUs and 8Gi, in zone `z1` unless its labels say otherwise. */
export function node(name: string, parts: NodeParts = {}): Node {
  const { labels, taints, unschedulable, allocatable, images } = parts;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      ...kept,
      name,
      uid: `uid-${name}`,
      labels: { 'kubernetes.io/hostname': name, 'topology.kubernetes.io/zone': 'z1', ...labels },
    },
    spec: { taints, unschedulable },
    status: { allocatable: { cpu: '4', memory: '8Gi', pods: '110', ...allocatable }, images },
  };
}

export interface PodParts {
  readonly labels?: Readonly<Record<string, string>>;
  readonly namespace?: string;
  readonly requests?: Readonly<Record<string, string>>;
  readonly spec?: Partial<Pod['spec']>;
  readonly status?: Pod['status'];
  readonly metadata?: Partial<Pod['metadata']>;
}

/** A pod of one container, without a node unless its spec names one. */
export function pod(name: string, parts: PodParts = {}): Pod {
  const { labels = {}, namespace = 'default', requests, spec, status = {}, metadata } = parts;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...kept, name, namespace, uid: `uid-${name}`, labels, ...metadata },
    spec: {
      containers: [{ name: 'main', image: 'app', resources: requests === undefined ? {} : { requests } }],
      ...spec,
    },
    status,
  };
}

/** A pod that stands on a node. */
export function placedPod(name: string, nodeName: string, parts: PodParts = {}): Pod {
  return pod(name, { ...parts, spec: { ...parts.spec, nodeName } });
}

export function claim(
  name: string,
  spec: Partial<PersistentVolumeClaim['spec']> = {},
  parts: Partial<PersistentVolumeClaim> = {},
): PersistentVolumeClaim {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { ...kept, name, namespace: 'default', uid: `uid-${name}` },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
    status: { phase: 'Pending' },
    ...parts,
  };
}

/** A claim that is bound to a volume. */
export function boundClaim(name: string, volumeName: string): PersistentVolumeClaim {
  const plain = claim(name, { volumeName });
  const annotations = { 'pv.kubernetes.io/bind-completed': 'yes' };
  return { ...plain, metadata: { ...plain.metadata, annotations }, status: { phase: 'Bound' } };
}

/** A volume that only `host` can reach, or every node. */
export function volume(name: string, host?: string, spec: Partial<PersistentVolume['spec']> = {}): PersistentVolume {
  const expression = { key: 'kubernetes.io/hostname', operator: 'In', values: [host ?? ''] } as const;
  const required = { nodeSelectorTerms: [{ matchExpressions: [expression] }] };
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { ...kept, name, uid: `uid-${name}` },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      ...(host === undefined ? {} : { nodeAffinity: { required } }),
      ...spec,
    },
    status: { phase: 'Available' },
  };
}

export function storageClass(name: string, parts: Partial<StorageClass> = {}): StorageClass {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { ...kept, name, uid: `uid-${name}` },
    provisioner: 'kubernetes.io/no-provisioner',
    volumeBindingMode: 'WaitForFirstConsumer',
    ...parts,
  };
}

export interface ClusterParts {
  readonly nodes: readonly Node[];
  readonly pods?: readonly Pod[];
  readonly claims?: readonly PersistentVolumeClaim[];
  readonly volumes?: readonly PersistentVolume[];
  readonly storageClasses?: readonly StorageClass[];
  readonly namespaceLabels?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly selectors?: readonly LabelSelector[];
}

/** A cluster as plugins see it. */
export function clusterOf(parts: ClusterParts): ClusterView {
  const {
    nodes,
    pods = [],
    claims = [],
    volumes = [],
    storageClasses = [],
    namespaceLabels = {},
    selectors = [],
  } = parts;
  const cache = new SchedulerCache();
  for (const each of nodes) cache.putNode(each);
  for (const each of pods) cache.putPod(each);
  return {
    nodes: cache.nodes,
    claim: (namespace, name) =>
      claims.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name),
    volume: (name) => volumes.find(({ metadata }) => metadata.name === name),
    volumes: () => volumes,
    storageClass: (name) => storageClasses.find(({ metadata }) => metadata.name === name),
    namespaceLabels: (namespace) => namespaceLabels[namespace] ?? {},
    spreadingSelectors: () => selectors,
  };
}
