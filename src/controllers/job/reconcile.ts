import type { Job, JobCondition, JobStatus } from '../../api/batch/job.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import type { ConditionState } from '../condition.ts';
import { findCondition, withCondition } from '../condition.ts';
import type { PlannedEvent } from '../planned-event.ts';
import { crowdOf, podsToDelete } from '../pod-ranking.ts';
import { isReady } from '../pod-state.ts';
import { timestamp } from '../time.ts';
import type { Outcome } from './outcome.ts';
import { deadlineMs, outcomeOf } from './outcome.ts';
import { indexOf, isIndexed, isTracked } from './pods.ts';
import type { Tally } from './tally.ts';

/** At most so many pods are created or deleted in one go. */
const burst = 500;

export interface JobState {
  readonly job: Job;
  /** The pods that it manages. */
  readonly pods: readonly Pod[];
  readonly count: Tally;
  /** In how many ms another pod may be created after failures; of the number given, where pods are numbered. */
  readonly waitMs: (index: number | undefined) => number;
  readonly now: number;
}

export interface JobPlan {
  readonly status: JobStatus;
  /** The pods to create, by their numbers. */
  readonly create: readonly (number | undefined)[];
  /** Pods that are no longer wanted; their ends count as failures only where `countDeleted` says so. */
  readonly delete: readonly Pod[];
  readonly countDeleted: boolean;
  /** Pods to be freed of the finalizer, once the status is written. */
  readonly release: readonly Pod[];
  readonly events: readonly PlannedEvent[];
  readonly requeueAfterMs: number | undefined;
}

/** True for a Job that is over. */
export function isFinished({ status }: Job): boolean {
  return ['Complete', 'Failed'].some((type) => findCondition(status.conditions, type)?.status === 'True');
}

/** The next step of a Job, by the rules of upstream's controller. */
export function reconcile(state: JobState): JobPlan {
  const { job, pods } = state;
  if (isFinished(job)) return { ...nothing(job.status), release: pods.filter(isTracked) };
  const outcome = outcomeOf(job, state.count, state.now);
  if (outcome !== undefined) return finish(state, outcome);
  return job.spec.suspend === true ? suspend(state) : run(state);
}

function nothing(status: JobStatus): JobPlan {
  return { status, create: [], delete: [], countDeleted: false, release: [], events: [], requeueAfterMs: undefined };
}

function counted({ job, count }: JobState): JobStatus {
  return {
    ...job.status,
    ...count.status,
    active: count.active.length === 0 ? undefined : count.active.length,
    ready: count.active.filter((pod) => isReady(pod)).length,
    terminating: count.terminating.length,
  };
}

function conditioned(status: JobStatus, state: ConditionState, now: number): JobStatus {
  const conditions = withCondition(status.conditions, state, now) as readonly JobCondition[];
  const probed = conditions.map((condition) =>
    condition.type === state.type ? { ...condition, lastProbeTime: condition.lastTransitionTime } : condition,
  );
  return { ...status, conditions: probed };
}

/** Stops all pods, and says that the Job is over once they have gone and been counted. */
function finish(state: JobState, { succeeded, reason, message }: Outcome): JobPlan {
  const { count, now } = state;
  const target = succeeded ? 'SuccessCriteriaMet' : 'FailureTarget';
  const begun = conditioned(counted(state), { type: target, status: 'True', reason, message }, now);
  const { uncountedTerminatedPods: uncounted = {} } = begun;
  const waiting = [...(uncounted.succeeded ?? []), ...(uncounted.failed ?? [])].length;
  const over = count.active.length + count.terminating.length + waiting === 0;
  const plan = { ...nothing(begun), delete: count.active, countDeleted: true, release: count.release };
  if (!over) return plan;
  const status = conditioned(begun, { type: succeeded ? 'Complete' : 'Failed', status: 'True', reason, message }, now);
  return {
    ...plan,
    status: succeeded ? { ...status, completionTime: timestamp(now) } : status,
    events: [
      succeeded
        ? { type: 'Normal', reason: 'Completed', message: 'Job completed' }
        : { type: 'Warning', reason, message },
    ],
  };
}

function suspend(state: JobState): JobPlan {
  const { job, count, now } = state;
  const told = findCondition(job.status.conditions, 'Suspended')?.status === 'True';
  const condition = { type: 'Suspended', status: 'True', reason: 'JobSuspended', message: 'Job suspended' } as const;
  return {
    ...nothing(conditioned(counted(state), condition, now)),
    delete: count.active,
    release: count.release,
    events: told ? [] : [{ type: 'Normal', reason: 'Suspended', message: 'Job suspended' }],
  };
}

function run(state: JobState): JobPlan {
  const { job, count, now } = state;
  const resumed = findCondition(job.status.conditions, 'Suspended')?.status === 'True';
  const startTime = resumed ? undefined : job.status.startTime;
  const started = { ...counted(state), startTime: startTime ?? timestamp(now) };
  const condition = { type: 'Suspended', status: 'False', reason: 'JobResumed', message: 'Job resumed' } as const;
  const status = resumed ? conditioned(started, condition, now) : started;
  const pods = planPods(state);
  const deadline = deadlineMs({ ...job, status }, now);
  return {
    ...nothing(status),
    ...pods,
    release: count.release,
    events: resumed ? [{ type: 'Normal', reason: 'Resumed', message: 'Job resumed' }] : [],
    requeueAfterMs: earliest(pods.waitMs, deadline),
  };
}

function earliest(...times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.max(1, Math.min(...known));
}

interface PodChange {
  readonly create: readonly (number | undefined)[];
  readonly delete: readonly Pod[];
  readonly waitMs: number | undefined;
}

function planPods(state: JobState): PodChange {
  const { job, count } = state;
  const { completions, parallelism = 1 } = job.spec;
  const active = count.active.length;
  const open = completions === undefined ? parallelism : completions - count.succeeded;
  const wanted = completions === undefined && count.succeeded > 0 ? active : Math.max(0, Math.min(open, parallelism));
  const doomed = surplus(state, active - wanted);
  if (doomed.length > 0) return { create: [], delete: doomed.slice(0, burst), waitMs: undefined };
  // A pod that is being stopped still has its place where its successor is to wait for its end.
  const leaving = job.spec.podReplacementPolicy === 'Failed' ? count.terminating.length : 0;
  const missing = Math.min(wanted - active - leaving, burst);
  if (missing <= 0) return { create: [], delete: [], waitMs: undefined };
  if (isIndexed(job)) return missingIndexes(state, missing);
  const waitMs = state.waitMs(undefined);
  if (waitMs > 0) return { create: [], delete: [], waitMs };
  return { create: Array.from({ length: missing }, () => undefined), delete: [], waitMs: undefined };
}

/** At least `atLeast` pods that are not wanted: those with a number that another has or that is done, and then any. */
function surplus({ job, count, now }: JobState, atLeast: number): readonly Pod[] {
  const doomed: Pod[] = [];
  if (isIndexed(job)) {
    const seen = new Set<number>();
    for (const pod of count.active) {
      const index = indexOf(pod);
      const unwanted = index === undefined || index >= (job.spec.completions ?? 0) || count.completed.has(index);
      if (unwanted || seen.has(index) || count.failedIndexes.has(index)) doomed.push(pod);
      else seen.add(index);
    }
  }
  if (doomed.length >= atLeast) return doomed;
  const rest = count.active.filter((pod) => !doomed.includes(pod));
  return [...doomed, ...podsToDelete(rest, atLeast - doomed.length, { crowd: crowdOf(rest), now })];
}

function missingIndexes({ job, count, waitMs }: JobState, missing: number): PodChange {
  const leaving = job.spec.podReplacementPolicy === 'Failed' ? count.terminating : [];
  const busy = new Set([...count.active, ...leaving].map(indexOf));
  const create: number[] = [];
  let soonest: number | undefined;
  for (let index = 0; index < (job.spec.completions ?? 0) && create.length < missing; index++) {
    if (busy.has(index) || count.completed.has(index) || count.failedIndexes.has(index)) continue;
    const wait = waitMs(index);
    if (wait > 0) soonest = Math.min(soonest ?? Infinity, wait);
    else create.push(index);
  }
  return { create, delete: [], waitMs: soonest };
}
