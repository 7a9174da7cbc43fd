import type { Deployment } from '../../api/apps/deployment.schema.ts';
import type { ReplicaSet } from '../../api/apps/replica-set.schema.ts';
import { byAge } from '../time.ts';
import { desiredReplicasAnnotation, maxReplicasAnnotation, replicasAnnotation, revisionOf } from './annotations.ts';
import type { Fleet } from './fleet.ts';
import { rolloutLimits, specReplicas, sumSpecReplicas, wantedReplicas } from './limits.ts';

/** True when the Deployment's size has changed since its ReplicaSets were last scaled. */
export function isScalingEvent(fleet: Fleet): boolean {
  return active(fleet.all).some((replicaSet) => {
    const desired = replicasAnnotation(replicaSet, desiredReplicasAnnotation);
    return desired !== undefined && desired !== wantedReplicas(fleet.deployment);
  });
}

/**
 * Gives every ReplicaSet its share of a new size. In the middle of a rollout the shares stay in proportion, so that
 * scaling neither hastens nor undoes it.
 */
export function scaleProportionally(fleet: Fleet): void {
  const { deployment } = fleet;
  const wanted = wantedReplicas(deployment);
  const only = onlyOrLatest(fleet);
  if (only !== undefined) {
    fleet.scale(only.metadata.name, wanted);
    return;
  }
  if (isSaturated(deployment, fleet.newest)) {
    for (const replicaSet of active(fleet.old)) fleet.scale(replicaSet.metadata.name, 0);
    return;
  }
  if (deployment.spec.strategy.type === 'Recreate') return;
  shareOut(fleet, wanted > 0 ? wanted + rolloutLimits(deployment).maxSurge : 0);
}

function shareOut(fleet: Fleet, allowed: number): void {
  const sharing = active(fleet.all);
  const toAdd = allowed - sumSpecReplicas(sharing);
  const ordered = sharing.toSorted((a, b) => {
    const size = specReplicas(b) - specReplicas(a);
    return size !== 0 ? size : toAdd > 0 ? byAge(b, a) : byAge(a, b);
  });
  let added = 0;
  const sizes = ordered.map((replicaSet) => {
    const part = proportion(fleet.deployment, replicaSet, toAdd, added);
    added += part;
    return specReplicas(replicaSet) + part;
  });
  for (const [index, replicaSet] of ordered.entries()) {
    // Rounding leaves some over: the largest takes them.
    const leftover = index === 0 ? toAdd - added : 0;
    fleet.scale(replicaSet.metadata.name, Math.max(0, (sizes[index] ?? 0) + leftover));
  }
}

function proportion(deployment: Deployment, replicaSet: ReplicaSet, toAdd: number, added: number): number {
  if (specReplicas(replicaSet) === 0 || toAdd === 0 || toAdd === added) return 0;
  const fraction = fractionOf(deployment, replicaSet);
  return toAdd > 0 ? Math.min(fraction, toAdd - added) : Math.max(fraction, toAdd - added);
}

function fractionOf(deployment: Deployment, replicaSet: ReplicaSet): number {
  const size = specReplicas(replicaSet);
  const wanted = wantedReplicas(deployment);
  if (wanted === 0) return -size;
  const annotated = replicasAnnotation(replicaSet, maxReplicasAnnotation) ?? 0;
  const before = annotated === 0 ? (deployment.status.replicas ?? 0) : annotated;
  if (before === 0) return 0;
  return Math.round((size * (wanted + rolloutLimits(deployment).maxSurge)) / before) - size;
}

function active(replicaSets: readonly ReplicaSet[]): readonly ReplicaSet[] {
  return replicaSets.filter((replicaSet) => specReplicas(replicaSet) > 0);
}

/** The one ReplicaSet that has replicas, or the latest where none has. */
function onlyOrLatest(fleet: Fleet): ReplicaSet | undefined {
  const running = active(fleet.all);
  if (running.length === 1) return running[0];
  if (running.length > 1) return undefined;
  return fleet.newest ?? fleet.old.toSorted((a, b) => Number(revisionOf(b) - revisionOf(a)) || byAge(b, a))[0];
}

function isSaturated(deployment: Deployment, newest: ReplicaSet | undefined): boolean {
  const wanted = wantedReplicas(deployment);
  return (
    newest !== undefined &&
    specReplicas(newest) === wanted &&
    replicasAnnotation(newest, desiredReplicasAnnotation) === wanted &&
    (newest.status.availableReplicas ?? 0) === wanted
  );
}
