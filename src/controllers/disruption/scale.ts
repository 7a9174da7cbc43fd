import type { Deployment } from '../../api/apps/deployment.schema.ts';
import type { ReplicaSet } from '../../api/apps/replica-set.schema.ts';
import type { StatefulSet } from '../../api/apps/stateful-set.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import type { ReplicationController } from '../../api/core/replication-controller.schema.ts';
import type { OwnerReference } from '../../api/meta/meta.schema.ts';
import type { Informer } from '../../client/informer.ts';
import { controllerOf } from '../owner.ts';
import type { Scale } from './reconcile.ts';

/** The owners of pods that say how many there are to be. */
export interface ScaleSources {
  readonly deployments: Informer<Deployment>;
  readonly replicaSets: Informer<ReplicaSet>;
  readonly statefulSets: Informer<StatefulSet>;
  readonly replicationControllers: Informer<ReplicationController>;
}

/** How many pods the owners of `pods` ask for; throws for an owner that is gone or does not say. */
export function scaleOf(pods: readonly Pod[], sources: ScaleSources): Scale {
  const counts = new Map<string, number>();
  let unmanaged = false;
  for (const pod of pods) {
    const owner = controllerOf(pod);
    if (owner === undefined) {
      unmanaged = true;
      continue;
    }
    if (counts.has(owner.uid)) continue;
    const found = replicasOf(owner, pod.metadata.namespace, sources);
    if (found === undefined) throw new Error(`found no controllers for pod ${JSON.stringify(pod.metadata.name)}`);
    counts.set(found.uid, found.replicas);
    // All ReplicaSets of a Deployment stand for it, and it counts once.
    if (found.uid !== owner.uid) counts.set(owner.uid, 0);
  }
  return { expected: [...counts.values()].reduce((sum, count) => sum + count, 0), unmanaged };
}

interface Found {
  readonly uid: string;
  readonly replicas: number;
}

function replicasOf(owner: OwnerReference, namespace: string, sources: ScaleSources): Found | undefined {
  const key = `${namespace}/${owner.name}`;
  switch (`${owner.apiVersion} ${owner.kind}`) {
    case 'apps/v1 ReplicaSet': {
      const replicaSet = sources.replicaSets.get(key);
      if (replicaSet === undefined || replicaSet.metadata.uid !== owner.uid) return undefined;
      const parent = controllerOf(replicaSet);
      if (parent?.kind !== 'Deployment') return { uid: owner.uid, replicas: replicaSet.spec.replicas ?? 1 };
      return specReplicas(sources.deployments.get(`${namespace}/${parent.name}`), parent.uid);
    }
    case 'apps/v1 StatefulSet':
      return specReplicas(sources.statefulSets.get(key), owner.uid);
    case 'v1 ReplicationController':
      return specReplicas(sources.replicationControllers.get(key), owner.uid);
    default:
      return undefined;
  }
}

function specReplicas(
  object: Deployment | StatefulSet | ReplicationController | undefined,
  uid: string,
): Found | undefined {
  return object?.metadata.uid === uid ? { uid, replicas: object.spec.replicas ?? 1 } : undefined;
}
