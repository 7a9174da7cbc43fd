import type { ReplicaSet, ReplicaSetCondition, ReplicaSetStatus } from '../../api/apps/replica-set.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import { withCondition, withoutCondition } from '../condition.ts';
import { crowdOf, podsToDelete } from '../pod-ranking.ts';
import { availableAt, isActive, isReady, isTerminating } from '../pod-state.ts';
import { includesLabels } from '../selector.ts';

/** At most so many pods are created or deleted in one go. */
const burst = 500;

export interface ReplicaSetState {
  readonly replicaSet: ReplicaSet;
  /** The pods that it manages, ended and deleted ones included. */
  readonly pods: readonly Pod[];
  /** The pods of all ReplicaSets with the same owner: they crowd the nodes together. */
  readonly family: readonly Pod[];
  readonly now: number;
}

export interface PodPlan {
  readonly create: number;
  readonly delete: readonly Pod[];
}

/** How many pods to create, or which to delete, so that as many are active as the spec asks for. */
export function planPods({ replicaSet, pods, family, now }: ReplicaSetState): PodPlan {
  if (replicaSet.metadata.deletionTimestamp !== undefined) return { create: 0, delete: [] };
  const active = pods.filter((pod) => isActive(pod));
  const surplus = active.length - (replicaSet.spec.replicas ?? 1);
  if (surplus <= 0) return { create: Math.min(-surplus, burst), delete: [] };
  const crowd = crowdOf(family.filter((pod) => isActive(pod)));
  return { create: 0, delete: podsToDelete(active, Math.min(surplus, burst), { crowd, now }) };
}

/** Why pods could not be created or deleted. */
export interface PodFailure {
  readonly reason: 'FailedCreate' | 'FailedDelete';
  readonly message: string;
}

/** What the ReplicaSet's pods add up to. */
export function statusOf(state: ReplicaSetState, failure: PodFailure | undefined): ReplicaSetStatus {
  const { replicaSet, pods, now } = state;
  const active = pods.filter((pod) => isActive(pod));
  const templateLabels = replicaSet.spec.template?.metadata.labels ?? {};
  const minReadySeconds = replicaSet.spec.minReadySeconds ?? 0;
  const available = active.filter((pod) => (availableAt(pod, minReadySeconds) ?? Infinity) <= now);
  return {
    replicas: active.length,
    fullyLabeledReplicas: unlessZero(
      active.filter(({ metadata }) => includesLabels(metadata.labels, templateLabels)).length,
    ),
    readyReplicas: unlessZero(active.filter((pod) => isReady(pod)).length),
    availableReplicas: unlessZero(available.length),
    terminatingReplicas: pods.filter((pod) => isTerminating(pod)).length,
    observedGeneration: replicaSet.metadata.generation,
    conditions: conditionsOf(replicaSet, failure, now),
  };
}

function conditionsOf(
  replicaSet: ReplicaSet,
  failure: PodFailure | undefined,
  now: number,
): readonly ReplicaSetCondition[] | undefined {
  const { conditions } = replicaSet.status;
  const next =
    failure === undefined ? withoutCondition(conditions, 'ReplicaFailure') : failed(conditions, failure, now);
  return next.length === 0 ? undefined : next;
}

/**
 * The first failure's words stay until pods can be made again: each attempt fails with another pod's name, and
 * a write for each would bring on the next attempt at once.
 */
function failed(
  conditions: readonly ReplicaSetCondition[] | undefined,
  failure: PodFailure,
  now: number,
): readonly ReplicaSetCondition[] {
  const known = conditions?.find(({ type, status }) => type === 'ReplicaFailure' && status === 'True');
  if (conditions !== undefined && known?.reason === failure.reason) return conditions;
  return withCondition(conditions, { type: 'ReplicaFailure', status: 'True', ...failure }, now);
}

// Upstream's JSON leaves these fields out when they are 0.
function unlessZero(count: number): number | undefined {
  return count === 0 ? undefined : count;
}
