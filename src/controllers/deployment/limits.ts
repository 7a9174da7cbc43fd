import type { Deployment } from '../../api/apps/deployment.schema.ts';
import type { ReplicaSet } from '../../api/apps/replica-set.schema.ts';
import { resolveCount } from '../int-or-percent.ts';

/** How many pods the Deployment asks for. */
export function wantedReplicas(deployment: Deployment): number {
  return deployment.spec.replicas ?? 1;
}

/** How many pods the ReplicaSet asks for. */
export function specReplicas(replicaSet: ReplicaSet): number {
  return replicaSet.spec.replicas ?? 1;
}

/** The sum of what the ReplicaSets ask for. */
export function sumSpecReplicas(replicaSets: readonly ReplicaSet[]): number {
  return replicaSets.reduce((sum, replicaSet) => sum + specReplicas(replicaSet), 0);
}

/** The pods that may exist above, and be missing below, the wanted number while a rollout runs. */
export function rolloutLimits(deployment: Deployment): { readonly maxSurge: number; readonly maxUnavailable: number } {
  const wanted = wantedReplicas(deployment);
  const { type, rollingUpdate } = deployment.spec.strategy;
  if (type === 'Recreate') return { maxSurge: 0, maxUnavailable: 0 };
  const maxSurge = resolveCount(rollingUpdate?.maxSurge ?? '25%', wanted, 'up');
  const unavailable = resolveCount(rollingUpdate?.maxUnavailable ?? '25%', wanted, 'down');
  // With both at 0 nothing could ever move (validation refuses it, but percentages may round down to it).
  const maxUnavailable = maxSurge === 0 && unavailable === 0 ? 1 : unavailable;
  return { maxSurge, maxUnavailable: wanted === 0 ? 0 : Math.min(maxUnavailable, wanted) };
}

/** How many replicas the newest ReplicaSet may have now, given those that the others still have. */
export function newReplicaSetSize(deployment: Deployment, all: readonly ReplicaSet[], current: number): number {
  const wanted = wantedReplicas(deployment);
  if (deployment.spec.strategy.type === 'Recreate') return wanted;
  const allowed = wanted + rolloutLimits(deployment).maxSurge;
  const total = sumSpecReplicas(all);
  if (total >= allowed) return current;
  return current + Math.min(allowed - total, wanted - current);
}
