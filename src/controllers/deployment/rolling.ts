import { byAge } from '../time.ts';
import type { Fleet } from './fleet.ts';
import { newReplicaSetSize, rolloutLimits, specReplicas, sumSpecReplicas, wantedReplicas } from './limits.ts';

/** One step of a rolling update: up first, then down, never both at once. */
export function rollingStep(fleet: Fleet): void {
  if (!scaleNewest(fleet)) scaleOldDown(fleet);
}

function scaleNewest(fleet: Fleet): boolean {
  const newest = fleet.newest;
  if (newest === undefined) return false;
  const wanted = wantedReplicas(fleet.deployment);
  const current = specReplicas(newest);
  if (current === wanted) return false;
  const size = current > wanted ? wanted : newReplicaSetSize(fleet.deployment, fleet.all, current);
  return fleet.scale(newest.metadata.name, size);
}

function scaleOldDown(fleet: Fleet): boolean {
  if (sumSpecReplicas(fleet.old) === 0) return false;
  const minAvailable = wantedReplicas(fleet.deployment) - rolloutLimits(fleet.deployment).maxUnavailable;
  const newest = fleet.newest;
  const newestUnavailable = newest === undefined ? 0 : specReplicas(newest) - (newest.status.availableReplicas ?? 0);
  const budget = sumSpecReplicas(fleet.all) - minAvailable - newestUnavailable;
  if (budget <= 0) return false;
  const unhealthy = removeUnhealthy(fleet, budget);
  const healthy = removeHealthy(fleet, minAvailable);
  return unhealthy || healthy;
}

/** Pods that are not available serve nobody: they go first, up to `budget` of them. */
function removeUnhealthy(fleet: Fleet, budget: number): boolean {
  let removed = 0;
  for (const replicaSet of fleet.old.toSorted(byAge)) {
    const unhealthy = specReplicas(replicaSet) - (replicaSet.status.availableReplicas ?? 0);
    const count = Math.min(budget - removed, unhealthy);
    if (count <= 0) continue;
    fleet.scale(replicaSet.metadata.name, specReplicas(replicaSet) - count);
    removed += count;
  }
  return removed > 0;
}

/** Takes old pods away as far as enough available ones remain. */
function removeHealthy(fleet: Fleet, minAvailable: number): boolean {
  const available = fleet.all.reduce((sum, replicaSet) => sum + (replicaSet.status.availableReplicas ?? 0), 0);
  const budget = available - minAvailable;
  let removed = 0;
  for (const replicaSet of fleet.old.toSorted(byAge)) {
    const count = Math.min(budget - removed, specReplicas(replicaSet));
    if (count <= 0) continue;
    fleet.scale(replicaSet.metadata.name, specReplicas(replicaSet) - count);
    removed += count;
  }
  return removed > 0;
}
