import type { Job, JobStatus } from '../../api/batch/job.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import { isActive, isTerminating } from '../pod-state.ts';
import { judge } from './failure-policy.ts';
import { formatIndexes, parseIndexes } from './indexes.ts';
import { earlierFailures, indexOf, isIndexed, isTracked } from './pods.ts';

/** What a Job's pods have come to so far. */
export interface Tally {
  readonly active: readonly Pod[];
  readonly terminating: readonly Pod[];
  readonly succeeded: number;
  readonly failed: number;
  /** Of a Job with numbered pods. */
  readonly completed: ReadonlySet<number>;
  readonly failedIndexes: ReadonlySet<number>;
  /** How often each number has failed, as far as pods tell. */
  readonly indexFailures: ReadonlyMap<number, number>;
  /** Pods that have ended and were not known to have: the failed ones, ignored ones left out, and the others. */
  readonly newlyFailed: readonly Pod[];
  readonly newlySucceeded: readonly Pod[];
  /** Ended pods that need be kept no longer once the status is written. */
  readonly release: readonly Pod[];
  /** Why the Job fails by a rule of its failure policy. */
  readonly verdict: string | undefined;
  /** The counting part of the status, to be written before pods are let go. */
  readonly status: Pick<
    JobStatus,
    'succeeded' | 'failed' | 'uncountedTerminatedPods' | 'completedIndexes' | 'failedIndexes'
  >;
}

/** True for a pod that will not do what it was made for any more. */
function hasFailed(pod: Pod, job: Job): boolean {
  if (pod.status.phase === 'Failed') return true;
  // A deleted pod may never say how it ended: it counts at once, unless its successor is to wait for that.
  const deleted = pod.metadata.deletionTimestamp !== undefined && pod.status.phase !== 'Succeeded';
  return deleted && job.spec.podReplacementPolicy !== 'Failed';
}

/**
 * Counts a Job's pods. Each ended pod is first written down as uncounted, then freed of its finalizer, and counted
 * for good once that is seen, so that none is lost and none counts twice whenever this process ends.
 */
export function tally(job: Job, pods: readonly Pod[]): Tally {
  const { status, spec } = job;
  const tracked = new Map(pods.filter(isTracked).map((pod) => [pod.metadata.uid, pod]));
  const known = status.uncountedTerminatedPods ?? {};
  const waiting = (uids: readonly string[] | undefined): readonly string[] =>
    (uids ?? []).filter((uid) => tracked.has(uid));
  const uncounted = { succeeded: waiting(known.succeeded), failed: waiting(known.failed) };
  const seen = new Set([...(known.succeeded ?? []), ...(known.failed ?? [])]);
  const ended = [...tracked.values()].filter((pod) => !seen.has(pod.metadata.uid));
  const succeededPods = ended.filter((pod) => pod.status.phase === 'Succeeded');
  const failedPods = ended.filter((pod) => hasFailed(pod, job));
  const judged = failedPods.map((pod) => ({ pod, ...judge(spec.podFailurePolicy, pod) }));
  const newlyFailed = judged.filter(({ action }) => action !== 'Ignore').map(({ pod }) => pod);
  const failedUids = [...uncounted.failed, ...newlyFailed.map(({ metadata }) => metadata.uid)];
  const failedSoFar = (status.failed ?? 0) + (known.failed ?? []).length - uncounted.failed.length;
  const indexed = isIndexed(job)
    ? countIndexes(
        job,
        pods,
        judged.filter(({ action }) => action === 'FailIndex'),
      )
    : undefined;
  const succeededUids = [...uncounted.succeeded, ...succeededPods.map(({ metadata }) => metadata.uid)];
  const succeededSoFar = (status.succeeded ?? 0) + (known.succeeded ?? []).length - uncounted.succeeded.length;
  // Numbers count once, however many pods have done their work: the set of them is the count.
  const waitingSucceeded = indexed === undefined ? succeededUids : [];
  const succeeded = indexed?.completed.size ?? succeededSoFar + succeededUids.length;
  return {
    active: pods.filter((pod) => isActive(pod)),
    terminating: pods.filter((pod) => isTerminating(pod)),
    succeeded,
    failed: failedSoFar + failedUids.length,
    completed: indexed?.completed ?? new Set(),
    failedIndexes: indexed?.failed ?? new Set(),
    indexFailures: indexed?.failures ?? new Map<number, number>(),
    newlyFailed,
    newlySucceeded: succeededPods,
    release: [...tracked.values()].filter((pod) => pod.status.phase === 'Succeeded' || hasFailed(pod, job)),
    verdict: judged.find(({ action }) => action === 'FailJob')?.message,
    status: {
      succeeded: unlessZero(indexed === undefined ? succeededSoFar : succeeded),
      failed: unlessZero(failedSoFar),
      uncountedTerminatedPods: {
        ...(waitingSucceeded.length === 0 ? {} : { succeeded: waitingSucceeded }),
        ...(failedUids.length === 0 ? {} : { failed: failedUids }),
      },
      ...(indexed === undefined ? {} : { completedIndexes: formatIndexes(indexed.completed) }),
      ...(indexed === undefined || spec.backoffLimitPerIndex === undefined
        ? {}
        : { failedIndexes: formatIndexes(indexed.failed) }),
    },
  };
}

// Upstream's JSON leaves these fields out when they are 0.
function unlessZero(count: number): number | undefined {
  return count === 0 ? undefined : count;
}

interface IndexCount {
  readonly completed: ReadonlySet<number>;
  readonly failed: ReadonlySet<number>;
  readonly failures: ReadonlyMap<number, number>;
}

function countIndexes(job: Job, pods: readonly Pod[], doomed: readonly { readonly pod: Pod }[]): IndexCount {
  const { completions = 0, backoffLimitPerIndex } = job.spec;
  const completed = new Set(parseIndexes(job.status.completedIndexes, completions));
  const failed = new Set(parseIndexes(job.status.failedIndexes, completions));
  const failures = new Map<number, number>();
  for (const pod of pods) {
    const index = indexOf(pod);
    if (index === undefined || index >= completions) continue;
    if (pod.status.phase === 'Succeeded' && isTracked(pod)) completed.add(index);
    const count = earlierFailures(pod) + (hasFailed(pod, job) ? 1 : 0);
    failures.set(index, Math.max(failures.get(index) ?? 0, count));
  }
  if (backoffLimitPerIndex !== undefined) {
    for (const [index, count] of failures) if (count > backoffLimitPerIndex && !completed.has(index)) failed.add(index);
    for (const { pod } of doomed) failed.add(indexOf(pod) ?? completions);
  }
  failed.delete(completions);
  return { completed, failed, failures };
}
