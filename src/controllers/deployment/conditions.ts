import type { DeploymentCondition, DeploymentStatus } from '../../api/apps/deployment.schema.ts';
import type { ConditionState } from '../condition.ts';
import { findCondition, withoutCondition } from '../condition.ts';
import { timestamp } from '../time.ts';

/** Why a Deployment's Progressing condition is what it is, in upstream's words. */
export const progressReasons = {
  created: 'NewReplicaSetCreated',
  found: 'FoundNewReplicaSet',
  updated: 'ReplicaSetUpdated',
  available: 'NewReplicaSetAvailable',
  createError: 'ReplicaSetCreateError',
  timedOut: 'ProgressDeadlineExceeded',
  paused: 'DeploymentPaused',
  resumed: 'DeploymentResumed',
} as const;

type Conditions = DeploymentStatus['conditions'];

/** The Progressing condition, if there is one. */
export function progressing(conditions: Conditions): DeploymentCondition | undefined {
  return findCondition(conditions, 'Progressing');
}

/**
 * `conditions` with `state` last; unchanged where status and reason are the same already, so that a message alone
 * causes no write.
 */
export function withDeploymentCondition(
  conditions: Conditions,
  state: ConditionState,
  now: number,
): readonly DeploymentCondition[] {
  const old = findCondition(conditions, state.type);
  if (old?.status === state.status && old.reason === state.reason) return conditions ?? [];
  return replaced(conditions, state, old?.status === state.status ? old.lastTransitionTime : undefined, now);
}

/** As `withDeploymentCondition`, but always written anew: the update time of a rollout that moves must move too. */
export function withRenewedCondition(
  conditions: Conditions,
  state: ConditionState,
  now: number,
): readonly DeploymentCondition[] {
  const old = findCondition(conditions, state.type);
  return replaced(conditions, state, old?.status === state.status ? old.lastTransitionTime : undefined, now);
}

function replaced(
  conditions: Conditions,
  state: ConditionState,
  lastTransitionTime: string | undefined,
  now: number,
): readonly DeploymentCondition[] {
  const { type, status, reason, message } = state;
  const time = timestamp(now);
  return [
    ...withoutCondition(conditions, type),
    { type, status, lastUpdateTime: time, lastTransitionTime: lastTransitionTime ?? time, reason, message },
  ];
}
