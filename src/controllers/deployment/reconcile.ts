import type { Deployment, DeploymentStatus } from '../../api/apps/deployment.schema.ts';
import type { ReplicaSet } from '../../api/apps/replica-set.schema.ts';
import type { ConditionState } from '../condition.ts';
import type { PlannedEvent } from '../planned-event.ts';
import { asRevision, revisionAnnotation, revisionOf } from './annotations.ts';
import { progressing, progressReasons, withDeploymentCondition } from './conditions.ts';
import { Fleet } from './fleet.ts';
import { trimHistory } from './history.ts';
import { newReplicaSetSize, specReplicas, sumSpecReplicas, wantedReplicas } from './limits.ts';
import { findNewest, makeNewest, refreshNewest } from './newest.ts';
import { isScalingEvent, scaleProportionally } from './proportional.ts';
import { rollingStep } from './rolling.ts';
import { countStatus, hasDeadline, isComplete, rolloutStatus, stuckCheckAfter } from './status.ts';

export interface DeploymentState {
  readonly deployment: Deployment;
  /** The ReplicaSets that it manages. */
  readonly replicaSets: readonly ReplicaSet[];
  /** How many pods of a ReplicaSet still exist and have not ended, deleted ones included. */
  readonly runningPods: (replicaSet: ReplicaSet) => number;
  readonly now: number;
}

export interface DeploymentPlan {
  readonly create: ReplicaSet | undefined;
  readonly updates: readonly ReplicaSet[];
  readonly deletions: readonly ReplicaSet[];
  /** What to tell once the ReplicaSet of this name is written. */
  readonly events: ReadonlyMap<string, PlannedEvent>;
  /** The revision that the Deployment's annotation must show. */
  readonly revision: string | undefined;
  readonly status: DeploymentStatus;
  readonly requeueAfterMs: number | undefined;
}

/** The next step of a Deployment towards its spec, by the rules of upstream's deployment controller. */
export function reconcile(state: DeploymentState): DeploymentPlan {
  const { deployment, replicaSets, now } = state;
  const fleet = new Fleet(deployment, replicaSets, findNewest(deployment, replicaSets));
  if (deployment.metadata.deletionTimestamp !== undefined) {
    return planOf(fleet, countStatus(fleet, deployment.status.conditions, now), now);
  }
  const conditions = pausedConditions(deployment, now);
  refreshNewest(fleet);
  if (deployment.spec.paused === true || isScalingEvent(fleet)) {
    scaleProportionally(fleet);
    if (deployment.spec.paused === true) trimHistory(fleet);
    return planOf(fleet, countStatus(fleet, conditions, now), now);
  }
  const before = progressBefore(fleet, conditions, now);
  const started = rollOut(fleet, state) ? before : newestCondition(fleet, before, now);
  if (isComplete(deployment, deployment.status)) trimHistory(fleet);
  return planOf(fleet, rolloutStatus(fleet, started, now), now);
}

/** Returns false when it has created the newest ReplicaSet. */
function rollOut(fleet: Fleet, state: DeploymentState): boolean {
  if (state.deployment.spec.strategy.type === 'Recreate') return recreate(fleet, state);
  if (fleet.newest !== undefined) {
    rollingStep(fleet);
    return true;
  }
  fleet.create(makeNewest(fleet, state.now));
  return false;
}

function recreate(fleet: Fleet, { deployment, runningPods, now }: DeploymentState): boolean {
  if (sumSpecReplicas(fleet.old) > 0) {
    for (const replicaSet of fleet.old) if (specReplicas(replicaSet) > 0) fleet.scale(replicaSet.metadata.name, 0);
    return true;
  }
  if (fleet.old.some((replicaSet) => runningPods(replicaSet) > 0)) return true;
  if (fleet.newest !== undefined) {
    fleet.scale(fleet.newest.metadata.name, wantedReplicas(deployment));
    return true;
  }
  const newest = makeNewest(fleet, now);
  fleet.create({ ...newest, spec: { ...newest.spec, replicas: newReplicaSetSize(deployment, [], 0) } });
  return false;
}

/** A Deployment without a Progressing condition that finds its ReplicaSet in place says so. */
function progressBefore(
  fleet: Fleet,
  conditions: DeploymentStatus['conditions'],
  now: number,
): DeploymentStatus['conditions'] {
  const { newest, deployment } = fleet;
  if (newest === undefined || !hasDeadline(deployment) || progressing(conditions) !== undefined) return conditions;
  const message = `Found new replica set ${JSON.stringify(newest.metadata.name)}`;
  return withDeploymentCondition(conditions, progress('True', progressReasons.found, message), now);
}

function newestCondition(
  fleet: Fleet,
  conditions: DeploymentStatus['conditions'],
  now: number,
): DeploymentStatus['conditions'] {
  if (fleet.created === undefined || !hasDeadline(fleet.deployment)) return conditions;
  const message = `Created new replica set ${JSON.stringify(fleet.created.metadata.name)}`;
  return withDeploymentCondition(conditions, progress('True', progressReasons.created, message), now);
}

function pausedConditions(deployment: Deployment, now: number): DeploymentStatus['conditions'] {
  const { conditions } = deployment.status;
  const current = progressing(conditions);
  if (!hasDeadline(deployment) || current?.reason === progressReasons.timedOut) return conditions;
  const known = current?.reason === progressReasons.paused;
  if (deployment.spec.paused === true && !known) {
    const state = progress('Unknown', progressReasons.paused, 'Deployment is paused');
    return withDeploymentCondition(conditions, state, now);
  }
  if (deployment.spec.paused !== true && known) {
    const state = progress('Unknown', progressReasons.resumed, 'Deployment is resumed');
    return withDeploymentCondition(conditions, state, now);
  }
  return conditions;
}

function progress(status: 'True' | 'Unknown', reason: string, message: string): ConditionState {
  return { type: 'Progressing', status, reason, message };
}

function planOf(fleet: Fleet, status: DeploymentStatus, now: number): DeploymentPlan {
  const newest = fleet.newest;
  const revision = newest === undefined ? undefined : newest.metadata.annotations?.[revisionAnnotation];
  return {
    create: fleet.created,
    updates: fleet.updated,
    deletions: fleet.deletions,
    events: fleet.events,
    revision: revision !== undefined && asRevision(revision) !== revisionOf(fleet.deployment) ? revision : undefined,
    status,
    requeueAfterMs: stuckCheckAfter(fleet.deployment, status, now),
  };
}
