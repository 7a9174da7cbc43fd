import type { CronJob, CronJobStatus } from '../../api/batch/cron-job.schema.ts';
import type { Job } from '../../api/batch/job.schema.ts';
import type { Unsaved } from '../../api/object.ts';
import { cronJobs } from '../../api/resources.ts';
import { CronScheduleError, parseCronSchedule } from '../../api/values/cron-schedule.ts';
import type { CronSchedule } from '../../api/values/cron-schedule.ts';
import { nextCronTime } from '../../api/values/cron-time.ts';
import { isTimeZone } from '../../api/values/time-zone.ts';
import { findCondition } from '../condition.ts';
import { controllerReference } from '../owner.ts';
import type { PlannedEvent } from '../planned-event.ts';
import { byAge, millis, timestamp } from '../time.ts';
import { dueTimes } from './schedule.ts';
import { inZone } from './zoned-time.ts';

export interface CronJobState {
  readonly cronJob: CronJob;
  /** The Jobs that it manages. */
  readonly jobs: readonly Job[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface CronJobPlan {
  readonly status: CronJobStatus;
  readonly events: readonly PlannedEvent[];
  /** Jobs that are to go: those that a new one replaces, and those that are over and too many. */
  readonly delete: readonly Job[];
  readonly create: { readonly job: Unsaved<Job>; readonly scheduled: number } | undefined;
  /** When to look again, in ms since the epoch; undefined where no time comes. */
  readonly next: number | undefined;
}

/** How a Job ended; undefined while it goes on. */
export function endOf({ status }: Job): 'Complete' | 'Failed' | undefined {
  const holds = (type: string): boolean => findCondition(status.conditions, type)?.status === 'True';
  return holds('Complete') ? 'Complete' : holds('Failed') ? 'Failed' : undefined;
}

/** What is to be done for a CronJob: its status as its Jobs make it, the Job that is due, those that go. */
export function planCronJob(state: CronJobState): CronJobPlan {
  const { cronJob, jobs } = state;
  const seen = observe(state);
  const surplus = surplusJobs(cronJob, jobs);
  const idle: CronJobPlan = { ...seen, delete: surplus, create: undefined, next: undefined };
  if (cronJob.metadata.deletionTimestamp !== undefined) return { ...idle, delete: [] };
  if (cronJob.spec.suspend === true) return idle;
  const when = readSchedule(cronJob);
  if ('fault' in when) return { ...idle, events: [...seen.events, when.fault] };
  const plan = planStart(state, seen.status, when);
  return { ...plan, events: [...seen.events, ...plan.events], delete: [...surplus, ...plan.delete] };
}

type Seen = Pick<CronJobPlan, 'status' | 'events'>;

/** What has become of the Jobs in the status since it was written. */
function observe({ cronJob: { status }, jobs }: CronJobState): Seen {
  const events: PlannedEvent[] = [];
  const byUid = new Map(jobs.map((job) => [job.metadata.uid, job]));
  const known = new Set((status.active ?? []).map(({ uid }) => uid));
  let lastSuccess = status.lastSuccessfulTime;
  const active = (status.active ?? []).filter(({ uid = '', name = '' }) => {
    const job = byUid.get(uid);
    if (job === undefined) {
      events.push({ type: 'Normal', reason: 'MissingJob', message: `Active job went missing: ${name}` });
      return false;
    }
    const end = endOf(job);
    if (end === undefined) return true;
    events.push({
      type: 'Normal',
      reason: 'SawCompletedJob',
      message: `Saw completed job: ${name}, condition: ${end}`,
    });
    return false;
  });
  for (const job of jobs) {
    const { completionTime } = job.status;
    if (endOf(job) === 'Complete' && millis(completionTime) > millis(lastSuccess)) lastSuccess = completionTime;
    if (endOf(job) !== undefined || known.has(job.metadata.uid)) continue;
    const message = `Saw a job that the controller did not create or forgot: ${job.metadata.name}`;
    events.push({ type: 'Warning', reason: 'UnexpectedJob', message });
  }
  return { status: { ...status, active: activeOrNone(active), lastSuccessfulTime: lastSuccess }, events };
}

const activeOrNone = (active: NonNullable<CronJobStatus['active']>): CronJobStatus['active'] =>
  active.length === 0 ? undefined : active;

interface When {
  readonly schedule: CronSchedule;
  readonly timeZone: string;
}

function readSchedule({ spec }: CronJob): When | { readonly fault: PlannedEvent } {
  const { schedule, timeZone = 'UTC' } = spec;
  if (!isTimeZone(timeZone)) {
    const message = `invalid timeZone: ${JSON.stringify(timeZone)}: unknown time zone ${timeZone}`;
    return { fault: { type: 'Warning', reason: 'UnknownTimeZone', message } };
  }
  try {
    return { schedule: parseCronSchedule(schedule), timeZone };
  } catch (error) {
    if (!(error instanceof CronScheduleError)) throw error;
    const message = `unparseable schedule: ${JSON.stringify(schedule)} : ${error.message}`;
    return { fault: { type: 'Warning', reason: 'UnparseableSchedule', message } };
  }
}

function planStart({ cronJob, jobs, now }: CronJobState, status: CronJobStatus, when: When): CronJobPlan {
  const { spec, metadata } = cronJob;
  const { startingDeadlineSeconds: deadline } = spec;
  const last = millis(status.lastScheduleTime ?? metadata.creationTimestamp);
  const earliest = deadline === undefined ? last : Math.max(last, now - deadline * 1000);
  const { newest: scheduled, tooMany } = dueTimes(when.schedule, { earliest, now, timeZone: when.timeZone });
  const events: PlannedEvent[] = tooMany ? [tooManyMissed] : [];
  const from = 'everySeconds' in when.schedule ? (scheduled ?? last) : now;
  const next = nextCronTime(when.schedule, from, when.timeZone);
  const idle: CronJobPlan = { status, events, delete: [], create: undefined, next };
  if (scheduled === undefined || isStarted(cronJob, status, scheduled)) return idle;
  const active = status.active ?? [];
  if (spec.concurrencyPolicy === 'Forbid' && active.length > 0) return { ...idle, events: [...events, forbidden] };
  const create = { job: jobFor(cronJob, scheduled), scheduled };
  if (spec.concurrencyPolicy !== 'Replace') return { ...idle, create };
  const replaced = jobs.filter(({ metadata: { uid } }) => active.some((reference) => reference.uid === uid));
  return { ...idle, status: { ...status, active: undefined }, delete: replaced, create };
}

const tooManyMissed: PlannedEvent = {
  type: 'Warning',
  reason: 'TooManyMissedTimes',
  message: 'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew',
};
const forbidden: PlannedEvent = {
  type: 'Normal',
  reason: 'JobAlreadyActive',
  message: 'Not starting job because prior execution is running and concurrency policy is Forbid',
};

function isStarted(cronJob: CronJob, status: CronJobStatus, scheduled: number): boolean {
  if (millis(status.lastScheduleTime) === scheduled) return true;
  const name = jobName(cronJob, scheduled);
  return (status.active ?? []).some((reference) => reference.name === name);
}

/** The minute tells the Jobs of a CronJob apart, and makes a second try at one fail. */
const jobName = ({ metadata: { name } }: CronJob, scheduled: number): string =>
  `${name}-${Math.floor(scheduled / 60_000)}`;

function jobFor(cronJob: CronJob, scheduled: number): Unsaved<Job> {
  const { metadata, spec } = cronJob.spec.jobTemplate;
  const scheduledAt = inZone(scheduled, cronJob.spec.timeZone ?? 'UTC');
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: jobName(cronJob, scheduled),
      namespace: cronJob.metadata.namespace,
      labels: metadata.labels,
      annotations: { ...metadata.annotations, 'batch.kubernetes.io/cronjob-scheduled-timestamp': scheduledAt },
      ownerReferences: [controllerReference(cronJob, cronJobs)],
    },
    spec,
    status: {},
  };
}

/** The Jobs that are over, oldest first, beyond what the limits keep. */
function surplusJobs({ spec }: CronJob, jobs: readonly Job[]): readonly Job[] {
  const beyond = (end: 'Complete' | 'Failed', limit: number | undefined): readonly Job[] => {
    const over = jobs.filter((job) => endOf(job) === end && job.metadata.deletionTimestamp === undefined);
    return limit === undefined ? [] : over.toSorted(byStart).slice(0, Math.max(over.length - limit, 0));
  };
  return [...beyond('Complete', spec.successfulJobsHistoryLimit), ...beyond('Failed', spec.failedJobsHistoryLimit)];
}

function byStart(a: Job, b: Job): number {
  const start = ({ status }: Job): number => (status.startTime === undefined ? Infinity : millis(status.startTime));
  const [first, second] = [start(a), start(b)];
  return first === second ? byAge(a, b) : first - second;
}

/** The status once a Job has been started. */
export function statusWith(status: CronJobStatus, job: Job, scheduled: number): CronJobStatus {
  const { name, namespace, uid, resourceVersion } = job.metadata;
  const reference = { apiVersion: 'batch/v1', kind: 'Job', name, namespace, uid, resourceVersion };
  return { ...status, active: [...(status.active ?? []), reference], lastScheduleTime: timestamp(scheduled) };
}
