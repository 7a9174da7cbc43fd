import type { CronJob, CronJobStatus } from '../../api/batch/cron-job.schema.ts';
import type { Job } from '../../api/batch/job.schema.ts';
import { cronJobs, jobs } from '../../api/resources.ts';
import { isStatus } from '../../api/status-error.ts';
import type { Informer } from '../../client/informer.ts';
import { keyOf } from '../../client/informer.ts';
import type { ReconcileResult } from '../../client/work-queue.ts';
import { createWorkQueue } from '../../client/work-queue.ts';
import { semanticEqual } from '../canonical.ts';
import type { ControllerContext } from '../context.ts';
import { runController } from '../context.ts';
import { errorMessage } from '../error-message.ts';
import { controllerOf, controllerUidIndex } from '../owner.ts';
import { isNamespaceTerminating } from '../pod-writer.ts';
import type { CronJobPlan } from './reconcile.ts';
import { endOf, planCronJob, statusWith } from './reconcile.ts';

const component = 'cronjob-controller';

/** Starts the Jobs of every CronJob at their times, and clears old ones away; runs until the context's signal is aborted. */
export async function startCronJobController(context: ControllerContext): Promise<void> {
  const queue = createWorkQueue();
  const parts = {
    context,
    cronJobs: context.informers.of(cronJobs),
    jobs: context.informers.indexed(jobs, 'controller', controllerUidIndex),
  };
  const changed = (cronJob: CronJob): void => queue.add(keyOf(cronJob));
  parts.cronJobs.addHandlers({ add: changed, update: changed });
  const jobChanged = (job: Job): void => {
    const owner = controllerOf(job);
    if (owner?.kind === cronJobs.kind) queue.add(`${job.metadata.namespace}/${owner.name}`);
  };
  parts.jobs.addHandlers({ add: jobChanged, update: jobChanged, delete: jobChanged });
  await runController(context, {
    name: component,
    queue,
    needs: [parts.cronJobs, parts.jobs],
    reconcile: (key) => sync(parts, key),
  });
}

interface Parts {
  readonly context: ControllerContext;
  readonly cronJobs: Informer<CronJob>;
  readonly jobs: Informer<Job>;
}

async function sync(parts: Parts, key: string): Promise<ReconcileResult> {
  const { context } = parts;
  const cached = parts.cronJobs.get(key);
  if (cached === undefined) return {};
  const { cronJob, jobs: own } = await currentState(parts, cached);
  const plan = planCronJob({ cronJob, jobs: own, now: context.now() });
  for (const event of plan.events) context.record(component, cronJob, event);
  for (const job of plan.delete) await deleteJob(context, cronJob, job);
  const job = plan.create === undefined ? undefined : await startJob(context, cronJob, plan.create);
  const status =
    job === undefined || plan.create === undefined ? plan.status : statusWith(plan.status, job, plan.create.scheduled);
  await writeStatus(context, cronJob, status);
  return plan.next === undefined ? {} : { requeueAfter: Math.max(plan.next - context.now(), 0) };
}

/** The two caches may be out of step: what one lacks of the other is asked of the server. */
async function currentState(
  parts: Parts,
  cached: CronJob,
): Promise<{ readonly cronJob: CronJob; readonly jobs: readonly Job[] }> {
  const { client } = parts.context;
  const { name, namespace, uid } = cached.metadata;
  const own = parts.jobs.byIndex('controller', uid);
  const isActive = ({ status }: CronJob, job: Job): boolean =>
    (status.active ?? []).some((reference) => reference.uid === job.metadata.uid);
  const unknown = own.some((job) => endOf(job) === undefined && !isActive(cached, job));
  const fresh = unknown ? await found(client.get(cronJobs, { name, namespace })) : undefined;
  const cronJob = fresh?.metadata.uid === uid ? fresh : cached;
  const unseen = (cronJob.status.active ?? []).filter(
    (reference) => !own.some(({ metadata }) => metadata.uid === reference.uid),
  );
  const asked = await Promise.all(
    unseen.map((reference) => found(client.get(jobs, { name: reference.name ?? '', namespace }))),
  );
  return { cronJob, jobs: [...own, ...asked.filter((job) => job !== undefined)] };
}

async function found<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isStatus(error, 'NotFound')) return undefined;
    throw error;
  }
}

async function deleteJob({ client, record }: ControllerContext, cronJob: CronJob, job: Job): Promise<void> {
  const { name, namespace, uid } = job.metadata;
  try {
    await client.delete(jobs, { name, namespace }, { preconditions: { uid }, propagationPolicy: 'Background' });
  } catch (error) {
    if (isStatus(error, 'NotFound', 'Conflict')) return;
    record(component, cronJob, {
      type: 'Warning',
      reason: 'FailedDelete',
      message: `Deleted job: ${errorMessage(error)}`,
    });
    throw error;
  }
  record(component, cronJob, { type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted job ${name}` });
}

/** The Job that was started, now or by a try whose status was not written; undefined where none can be. */
async function startJob(
  { client, record }: ControllerContext,
  cronJob: CronJob,
  { job }: NonNullable<CronJobPlan['create']>,
): Promise<Job | undefined> {
  try {
    const created = await client.create(jobs, job);
    const message = `Created job ${created.metadata.name}`;
    record(component, cronJob, { type: 'Normal', reason: 'SuccessfulCreate', message });
    return created;
  } catch (error) {
    if (isNamespaceTerminating(error)) return undefined;
    if (isStatus(error, 'AlreadyExists')) {
      const { name = '', namespace } = job.metadata;
      const present = await client.get(jobs, { name, namespace });
      if (controllerOf(present)?.uid === cronJob.metadata.uid) return present;
    }
    const message = `Error creating job: ${errorMessage(error)}`;
    record(component, cronJob, { type: 'Warning', reason: 'FailedCreate', message });
    throw error;
  }
}

async function writeStatus({ client }: ControllerContext, cronJob: CronJob, status: CronJobStatus): Promise<void> {
  if (semanticEqual(status, cronJob.status)) return;
  try {
    await client.updateStatus(cronJobs, { ...cronJob, status });
  } catch (error) {
    if (!isStatus(error, 'NotFound')) throw error;
  }
}
