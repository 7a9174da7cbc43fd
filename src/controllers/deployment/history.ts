import type { ReplicaSet } from '../../api/apps/replica-set.schema.ts';
import { byAge } from '../time.ts';
import { revisionOf } from './annotations.ts';
import type { Fleet } from './fleet.ts';
import { specReplicas } from './limits.ts';

const unlimited = 2 ** 31 - 1;

/** Plans to delete the oldest ReplicaSets beyond `revisionHistoryLimit`, never one that may still have pods. */
export function trimHistory(fleet: Fleet): void {
  const limit = fleet.deployment.spec.revisionHistoryLimit ?? 10;
  if (limit === unlimited) return;
  const kept = fleet.old.filter((replicaSet) => replicaSet.metadata.deletionTimestamp === undefined);
  const surplus = Math.max(0, kept.length - limit);
  const oldestFirst = kept.toSorted((a, b) => Number(revisionOf(a) - revisionOf(b)) || byAge(a, b));
  fleet.deletions.push(...oldestFirst.slice(0, surplus).filter((replicaSet) => isIdle(replicaSet)));
}

function isIdle(replicaSet: ReplicaSet): boolean {
  const { generation = 0 } = replicaSet.metadata;
  const observed = replicaSet.status.observedGeneration ?? 0;
  return replicaSet.status.replicas === 0 && specReplicas(replicaSet) === 0 && generation <= observed;
}
