import type { PersistentVolumeClaim } from '../api/core/persistent-volume-claim.schema.ts';
import type { PersistentVolume } from '../api/core/persistent-volume.schema.ts';
import type { Pod } from '../api/core/pod.schema.ts';
import type { LabelSelector } from '../api/meta/meta.schema.ts';
import type { StorageClass } from '../api/storage/storage-class.schema.ts';
import type { NodeInfo } from './node-info.ts';

/** Why a node does not take a pod. */
export interface Rejection {
  readonly reasons: readonly string[];
  /** Nothing that leaves the node could change it, so that pre-emption there is pointless. */
  readonly unresolvable: boolean;
}

/** What changed in the cluster: each plugin names the changes that may let a pod in that it refused. */
export type ClusterEvent = 'node-added' | 'node-updated' | 'pod-deleted' | 'pod-updated' | 'pod-added' | 'storage';

/** What plugins see of the cluster, all of it plain and of one moment. */
export interface ClusterView {
  readonly nodes: readonly NodeInfo[];
  claim(namespace: string, name: string): PersistentVolumeClaim | undefined;
  volume(name: string): PersistentVolume | undefined;
  readonly volumes: () => readonly PersistentVolume[];
  storageClass(name: string): StorageClass | undefined;
  namespaceLabels(namespace: string): Readonly<Record<string, string>>;
  /** The selectors of the Services and owners to which the pod belongs: pods alike spread over nodes. */
  spreadingSelectors(pod: Pod): readonly LabelSelector[];
}

/** A plugin's view of one pod. */
export interface PodCheck {
  /** A reason for which no node at all takes the pod. */
  readonly refusal?: string;
  /** Undefined where the node may take the pod. */
  readonly filter?: (node: NodeInfo) => Rejection | undefined;
  /** A score from 0 to 100 for each of the nodes that passed all filters, in their order. */
  readonly score?: (nodes: readonly NodeInfo[]) => readonly number[];
}

/** One rule of placement. `prepare` looks at the pod once; what it returns is asked for every node. */
export interface Plugin {
  readonly name: string;
  /** How much its score counts; 0 where it has none. */
  readonly weight: number;
  readonly events: readonly ClusterEvent[];
  readonly prepare: (pod: Pod, cluster: ClusterView) => PodCheck;
}

/** A rejection that pods leaving the node could end. */
export function rejected(...reasons: readonly string[]): Rejection {
  return { reasons, unresolvable: false };
}

/** A rejection that only a change of the node or the pod could end. */
export function unresolvable(...reasons: readonly string[]): Rejection {
  return { reasons, unresolvable: true };
}

/** Scores from 0 to 100 in proportion to `values`; `reverse` gives the lowest value the highest score. */
export function normalized(values: readonly number[], reverse = false): readonly number[] {
  const max = Math.max(0, ...values);
  if (max === 0) return values.map(() => (reverse ? 100 : 0));
  return values.map((value) => {
    const score = Math.floor((value * 100) / max);
    return reverse ? 100 - score : score;
  });
}
