import type { Deployment } from '../../api/apps/deployment.schema.ts';
import type { ReplicaSet } from '../../api/apps/replica-set.schema.ts';
import { deployments } from '../../api/resources.ts';
import { controllerReference } from '../owner.ts';
import { podTemplateHash, podTemplateHashLabel, sameTemplate } from '../pod-template-hash.ts';
import { byAge, timestamp } from '../time.ts';
import { includesAll, maxRevision, newestAnnotations, sizeAnnotations } from './annotations.ts';
import type { Fleet } from './fleet.ts';
import { newReplicaSetSize } from './limits.ts';

/** The oldest ReplicaSet with the Deployment's present template: a rollback finds its earlier one again. */
export function findNewest(deployment: Deployment, replicaSets: readonly ReplicaSet[]): ReplicaSet | undefined {
  return replicaSets
    .toSorted(byAge)
    .find((replicaSet) => sameTemplate(replicaSet.spec.template, deployment.spec.template));
}

/** Brings an existing newest ReplicaSet's revision, copied annotations and `minReadySeconds` up to date. */
export function refreshNewest(fleet: Fleet): void {
  const newest = fleet.newest;
  if (newest === undefined) return;
  const { deployment } = fleet;
  const annotations = newestAnnotations(deployment, newest.metadata.annotations, maxRevision(fleet.old) + 1n);
  const minReadySeconds = deployment.spec.minReadySeconds ?? 0;
  const sameDelay = (newest.spec.minReadySeconds ?? 0) === minReadySeconds;
  if (sameDelay && includesAll(newest.metadata.annotations, annotations)) return;
  fleet.replace({
    ...newest,
    metadata: { ...newest.metadata, annotations },
    spec: { ...newest.spec, ...(sameDelay ? {} : { minReadySeconds }) },
  });
}

/** The ReplicaSet of a template that has none yet, with as many replicas as the rollout allows at once. */
export function makeNewest(fleet: Fleet, now: number): ReplicaSet {
  const { deployment } = fleet;
  const { template, selector, minReadySeconds } = deployment.spec;
  const hash = podTemplateHash(template, deployment.status.collisionCount);
  const labels = { ...template.metadata.labels, [podTemplateHashLabel]: hash };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${deployment.metadata.name}-${hash}`,
      namespace: deployment.metadata.namespace,
      uid: '',
      resourceVersion: '',
      creationTimestamp: timestamp(now),
      labels,
      annotations: {
        ...newestAnnotations(deployment, undefined, maxRevision(fleet.old) + 1n),
        ...sizeAnnotations(deployment),
      },
      ownerReferences: [controllerReference(deployment, deployments)],
    },
    spec: {
      replicas: newReplicaSetSize(deployment, fleet.old, 0),
      ...(minReadySeconds === undefined || minReadySeconds === 0 ? {} : { minReadySeconds }),
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [podTemplateHashLabel]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
    status: { replicas: 0 },
  };
}
