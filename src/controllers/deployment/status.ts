import type { Deployment, DeploymentStatus } from '../../api/apps/deployment.schema.ts';
import type { ReplicaSet } from '../../api/apps/replica-set.schema.ts';
import type { ConditionState } from '../condition.ts';
import { findCondition, withoutCondition } from '../condition.ts';
import { millis } from '../time.ts';
import { progressing, progressReasons, withDeploymentCondition, withRenewedCondition } from './conditions.ts';
import type { Fleet } from './fleet.ts';
import { rolloutLimits, sumSpecReplicas, wantedReplicas } from './limits.ts';

const noDeadline = 2 ** 31 - 1;

/** True when the rollout must make progress within a time. */
export function hasDeadline(deployment: Deployment): boolean {
  return (deployment.spec.progressDeadlineSeconds ?? noDeadline) !== noDeadline;
}

/** What the Deployment's ReplicaSets add up to, with the Available condition. */
export function countStatus(fleet: Fleet, conditions: DeploymentStatus['conditions'], now: number): DeploymentStatus {
  const { deployment, all, newest } = fleet;
  const total = (count: (status: ReplicaSet['status']) => number | undefined): number =>
    all.reduce((sum, replicaSet) => sum + (count(replicaSet.status) ?? 0), 0);
  const available = total((status) => status.availableReplicas);
  const enough = available >= wantedReplicas(deployment) - rolloutLimits(deployment).maxUnavailable;
  const condition: ConditionState = {
    type: 'Available',
    status: enough ? 'True' : 'False',
    reason: enough ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
    message: enough ? 'Deployment has minimum availability.' : 'Deployment does not have minimum availability.',
  };
  return {
    observedGeneration: deployment.metadata.generation,
    replicas: unlessZero(total((status) => status.replicas)),
    updatedReplicas: unlessZero(newest?.status.replicas ?? 0),
    readyReplicas: unlessZero(total((status) => status.readyReplicas)),
    availableReplicas: unlessZero(available),
    unavailableReplicas: unlessZero(Math.max(0, sumSpecReplicas(all) - available)),
    terminatingReplicas: total((status) => status.terminatingReplicas),
    collisionCount: deployment.status.collisionCount,
    conditions: withDeploymentCondition(conditions, condition, now),
  };
}

// Upstream's JSON leaves these fields out when they are 0.
function unlessZero(count: number): number | undefined {
  return count === 0 ? undefined : count;
}

/** True when every pod is of the current template and available, and the controller has seen the latest spec. */
export function isComplete(deployment: Deployment, status: DeploymentStatus): boolean {
  const wanted = wantedReplicas(deployment);
  return (
    (status.updatedReplicas ?? 0) === wanted &&
    (status.replicas ?? 0) === wanted &&
    (status.availableReplicas ?? 0) === wanted &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
}

/** The status of a rollout under way or done, with its Progressing and ReplicaFailure conditions. */
export function rolloutStatus(fleet: Fleet, conditions: DeploymentStatus['conditions'], now: number): DeploymentStatus {
  const { deployment } = fleet;
  const status = countStatus(fleet, conditions, now);
  const progressed = withProgress(fleet, status, now);
  const failure = replicaFailure(fleet);
  const rest = withoutCondition(progressed, 'ReplicaFailure');
  const next = failure === undefined ? rest : withDeploymentCondition(progressed, failure, now);
  return { ...status, conditions: hasDeadline(deployment) ? next : withoutCondition(next, 'Progressing') };
}

function withProgress(fleet: Fleet, status: DeploymentStatus, now: number): DeploymentStatus['conditions'] {
  const { deployment, newest } = fleet;
  const current = progressing(status.conditions);
  const finishedBefore =
    (status.replicas ?? 0) === (status.updatedReplicas ?? 0) && current?.reason === progressReasons.available;
  if (!hasDeadline(deployment) || finishedBefore) return status.conditions;
  const subject =
    newest === undefined
      ? `Deployment ${JSON.stringify(deployment.metadata.name)}`
      : `ReplicaSet ${JSON.stringify(newest.metadata.name)}`;
  const state = (value: 'True' | 'False', reason: string, message: string): ConditionState => ({
    type: 'Progressing',
    status: value,
    reason,
    message: `${subject} ${message}`,
  });
  if (isComplete(deployment, status)) {
    const done = state('True', progressReasons.available, 'has successfully progressed.');
    return withDeploymentCondition(status.conditions, done, now);
  }
  if (hasProgressed(deployment.status, status)) {
    const moving = state('True', progressReasons.updated, 'is progressing.');
    return withRenewedCondition(status.conditions, moving, now);
  }
  if (hasTimedOut(deployment, status, now)) {
    const late = state('False', progressReasons.timedOut, 'has timed out progressing.');
    return withDeploymentCondition(status.conditions, late, now);
  }
  return status.conditions;
}

function hasProgressed(old: DeploymentStatus, next: DeploymentStatus): boolean {
  const outdated = (status: DeploymentStatus): number => (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
  return (
    (next.updatedReplicas ?? 0) > (old.updatedReplicas ?? 0) ||
    outdated(next) < outdated(old) ||
    (next.readyReplicas ?? 0) > (old.readyReplicas ?? 0) ||
    (next.availableReplicas ?? 0) > (old.availableReplicas ?? 0)
  );
}

function hasTimedOut(deployment: Deployment, status: DeploymentStatus, now: number): boolean {
  const condition = progressing(status.conditions);
  if (condition === undefined || condition.reason === progressReasons.available) return false;
  if (condition.reason === progressReasons.timedOut) return true;
  return deadlineOf(deployment, condition.lastUpdateTime) < now;
}

function deadlineOf(deployment: Deployment, since: string | undefined): number {
  return millis(since) + (deployment.spec.progressDeadlineSeconds ?? 0) * 1000;
}

/** In how many ms a rollout that stands still must be looked at again; undefined when it need not be. */
export function stuckCheckAfter(deployment: Deployment, status: DeploymentStatus, now: number): number | undefined {
  const condition = progressing(status.conditions);
  if (!hasDeadline(deployment) || deployment.spec.paused === true || condition === undefined) return undefined;
  if (condition.reason === progressReasons.timedOut || condition.reason === progressReasons.available) return undefined;
  if (isComplete(deployment, status)) return undefined;
  return Math.max(1000, deadlineOf(deployment, condition.lastUpdateTime) - now + 1000);
}

/** The failure that the newest ReplicaSet, or else any, has to create or delete its pods. */
function replicaFailure(fleet: Fleet): ConditionState | undefined {
  const candidates = fleet.newest === undefined ? fleet.all : [fleet.newest, ...fleet.all];
  for (const replicaSet of candidates) {
    const failure = findCondition(replicaSet.status.conditions, 'ReplicaFailure');
    if (failure === undefined) continue;
    const { reason = '', message = '' } = failure;
    return { type: 'ReplicaFailure', status: failure.status === 'True' ? 'True' : 'False', reason, message };
  }
  return undefined;
}
