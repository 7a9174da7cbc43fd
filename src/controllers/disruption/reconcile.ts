import type { Pod } from '../../api/core/pod.schema.ts';
import type { PodDisruptionBudget, PodDisruptionBudgetStatus } from '../../api/policy/pod-disruption-budget.schema.ts';
import { findCondition } from '../condition.ts';
import { resolveCount } from '../int-or-percent.ts';
import type { PlannedEvent } from '../planned-event.ts';
import { isReady } from '../pod-state.ts';
import { millis, timestamp } from '../time.ts';

/** An evicted pod that is still there after so long was not deleted after all. */
const deletionTimeoutMs = 120_000;

/** How many pods their owners ask for, all of them together. */
export interface Scale {
  readonly expected: number;
  /** True where pods have no owner that could say how many there are to be. */
  readonly unmanaged: boolean;
}

export interface BudgetState {
  readonly budget: PodDisruptionBudget;
  /** The pods that it selects. */
  readonly pods: readonly Pod[];
  /** Throws when an owner is of a kind that does not say. */
  readonly scale: () => Scale;
  readonly now: number;
}

export interface BudgetPlan {
  readonly status: PodDisruptionBudgetStatus;
  /** About the budget. */
  readonly events: readonly PlannedEvent[];
  /** Pods that were evicted, as it seemed, and are there all the same. */
  readonly notDeleted: readonly Pod[];
  readonly requeueAfterMs: number | undefined;
}

/** How many of its pods a budget lets go now; by upstream's rules. */
export function reconcile(state: BudgetState): BudgetPlan {
  const { budget, pods, now } = state;
  const events: PlannedEvent[] = [];
  if (pods.length === 0) events.push({ type: 'Normal', reason: 'NoPods', message: 'No matching pods found' });
  const { expected, desired, unmanaged } = demand(state);
  if (unmanaged) {
    const message =
      'Pods selected by this PodDisruptionBudget were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.';
    events.push({ type: 'Normal', reason: 'UnmanagedPods', message });
  }
  const disrupted = stillDisrupted(state);
  const healthy = pods.filter((pod) => {
    const going = pod.metadata.deletionTimestamp !== undefined || disrupted.kept[pod.metadata.name] !== undefined;
    return !going && isReady(pod);
  }).length;
  // A budget without pods allows nothing, so that it is safe when its first pods come.
  const allowed = expected > 0 ? Math.max(0, healthy - desired) : 0;
  const counted = {
    currentHealthy: healthy,
    desiredHealthy: desired,
    expectedPods: expected,
    disruptionsAllowed: allowed,
    ...(Object.keys(disrupted.kept).length === 0 ? {} : { disruptedPods: disrupted.kept }),
    observedGeneration: budget.metadata.generation,
  };
  const status = withCondition(
    budget,
    counted,
    { reason: allowed > 0 ? 'SufficientPods' : 'InsufficientPods', message: '' },
    now,
  );
  return { status, events, notDeleted: disrupted.overdue, requeueAfterMs: disrupted.recheckMs };
}

/** What a budget says whose numbers cannot be known: nothing may go. */
export function failSafe(budget: PodDisruptionBudget, message: string, now: number): PodDisruptionBudgetStatus {
  const status = { ...budget.status, disruptionsAllowed: 0 };
  return withCondition(budget, status, { reason: 'SyncFailed', message }, now);
}

function demand({ budget, pods, scale }: BudgetState): { expected: number; desired: number; unmanaged: boolean } {
  const { minAvailable, maxUnavailable } = budget.spec;
  if (maxUnavailable !== undefined) {
    const { expected, unmanaged } = scale();
    return { expected, unmanaged, desired: Math.max(0, expected - resolveCount(maxUnavailable, expected, 'up')) };
  }
  // A plain number needs no owner to be compared with.
  if (typeof minAvailable === 'number') return { expected: pods.length, desired: minAvailable, unmanaged: false };
  if (minAvailable === undefined) return { expected: 0, desired: 0, unmanaged: false };
  const { expected, unmanaged } = scale();
  return { expected, unmanaged, desired: resolveCount(minAvailable, expected, 'up') };
}

interface Disrupted {
  readonly kept: Readonly<Record<string, string>>;
  readonly overdue: readonly Pod[];
  readonly recheckMs: number | undefined;
}

/** The evictions that the API server has granted, and of which the cache does not show the deletion yet. */
function stillDisrupted({ budget, pods, now }: BudgetState): Disrupted {
  const granted = budget.status.disruptedPods ?? {};
  const kept: Record<string, string> = {};
  const overdue: Pod[] = [];
  let recheckMs: number | undefined;
  for (const pod of pods) {
    const time = granted[pod.metadata.name];
    if (time === undefined || pod.metadata.deletionTimestamp !== undefined) continue;
    const left = millis(time) + deletionTimeoutMs - now;
    if (left <= 0) overdue.push(pod);
    else {
      kept[pod.metadata.name] = time;
      recheckMs = Math.min(recheckMs ?? Infinity, left);
    }
  }
  return { kept, overdue, recheckMs };
}

function withCondition(
  budget: PodDisruptionBudget,
  status: PodDisruptionBudgetStatus,
  { reason, message }: { readonly reason: string; readonly message: string },
  now: number,
): PodDisruptionBudgetStatus {
  const type = 'DisruptionAllowed';
  const value = reason === 'SufficientPods' ? 'True' : 'False';
  const { conditions = [] } = budget.status;
  const old = findCondition(conditions, type);
  const lastTransitionTime = old?.status === value ? old.lastTransitionTime : timestamp(now);
  const { generation } = budget.metadata;
  const next = {
    type,
    status: value,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    lastTransitionTime,
    reason,
    message,
  } as const;
  return { ...status, conditions: [...conditions.filter((condition) => condition.type !== type), next] };
}
