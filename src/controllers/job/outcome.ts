import type { Job } from '../../api/batch/job.schema.ts';
import { findCondition } from '../condition.ts';
import { millis } from '../time.ts';
import { parseIndexes } from './indexes.ts';
import { isIndexed } from './pods.ts';
import type { Tally } from './tally.ts';

/** How a Job is to end, in upstream's words. */
export interface Outcome {
  readonly succeeded: boolean;
  readonly reason: string;
  readonly message: string;
}

/** What a Job comes to, given its pods; undefined while it goes on. What has been decided once stays so. */
export function outcomeOf(job: Job, count: Tally, now: number): Outcome | undefined {
  return decided(job) ?? failure(job, count, now) ?? success(job, count);
}

function decided({ status }: Job): Outcome | undefined {
  const failing = findCondition(status.conditions, 'FailureTarget');
  const succeeding = findCondition(status.conditions, 'SuccessCriteriaMet');
  const found = failing?.status === 'True' ? failing : succeeding?.status === 'True' ? succeeding : undefined;
  if (found === undefined) return undefined;
  return { succeeded: found === succeeding, reason: found.reason ?? '', message: found.message ?? '' };
}

function failure(job: Job, count: Tally, now: number): Outcome | undefined {
  const { spec } = job;
  const fail = (reason: string, message: string): Outcome => ({ succeeded: false, reason, message });
  if (count.verdict !== undefined) return fail('PodFailurePolicy', count.verdict);
  const { backoffLimit = 6, backoffLimitPerIndex, maxFailedIndexes } = spec;
  if (count.failed > backoffLimit || hasRestartedTooOften(job, count)) {
    return fail('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  }
  const left = deadlineMs(job, now);
  if (left !== undefined && left <= 0) {
    return fail('DeadlineExceeded', 'Job was active longer than specified deadline');
  }
  if (!isIndexed(job) || backoffLimitPerIndex === undefined) return undefined;
  if (maxFailedIndexes !== undefined && count.failedIndexes.size > maxFailedIndexes) {
    return fail('MaxFailedIndexesExceeded', 'Job has exceeded the specified maximal number of failed indexes');
  }
  const ended = count.failedIndexes.size + count.completed.size >= (spec.completions ?? 0);
  return ended && count.failedIndexes.size > 0 ? fail('FailedIndexes', 'Job has failed indexes') : undefined;
}

/** Containers that are started again in their pods count, too, where the pods' policy is to do so. */
function hasRestartedTooOften({ spec }: Job, { active }: Tally): boolean {
  const { backoffLimit = 6, template } = spec;
  if (template.spec.restartPolicy !== 'OnFailure') return false;
  const statuses = active.flatMap(({ status }) => [
    ...(status.initContainerStatuses ?? []),
    ...(status.containerStatuses ?? []),
  ]);
  const restarts = statuses.reduce((sum, { restartCount }) => sum + restartCount, 0);
  return backoffLimit === 0 ? restarts > 0 : restarts >= backoffLimit;
}

/** In how many ms the Job's time is over; undefined when it has no deadline or has not begun. */
export function deadlineMs({ spec, status }: Job, now: number): number | undefined {
  if (spec.activeDeadlineSeconds === undefined || status.startTime === undefined || spec.suspend === true)
    return undefined;
  return millis(status.startTime) + spec.activeDeadlineSeconds * 1000 - now;
}

function success(job: Job, count: Tally): Outcome | undefined {
  const met = successRule(job, count);
  if (met !== undefined) return { succeeded: true, reason: 'SuccessPolicy', message: `Matched rules at index ${met}` };
  const { completions } = job.spec;
  const busy = count.active.length + count.terminating.length;
  // Without a number, the first success says that the work is done, and the other pods may finish theirs.
  const done = completions === undefined ? count.succeeded > 0 && busy === 0 : count.succeeded >= completions;
  const message = 'Reached expected number of succeeded pods';
  return done ? { succeeded: true, reason: 'CompletionsReached', message } : undefined;
}

function successRule(job: Job, { completed }: Tally): number | undefined {
  if (!isIndexed(job)) return undefined;
  const rules = job.spec.successPolicy?.rules ?? [];
  const met = rules.findIndex(({ succeededIndexes, succeededCount }) => {
    if (succeededIndexes === undefined) return succeededCount !== undefined && completed.size >= succeededCount;
    const wanted = parseIndexes(succeededIndexes, job.spec.completions ?? 0);
    const had = [...wanted].filter((index) => completed.has(index)).length;
    return had >= (succeededCount ?? wanted.size);
  });
  return met < 0 ? undefined : met;
}
