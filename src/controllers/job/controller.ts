import type { Job } from '../../api/batch/job.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import { jobs, pods } from '../../api/resources.ts';
import { isStatus } from '../../api/status-error.ts';
import { selectorMatches } from '../../api/values/label-selector.ts';
import type { ReconcileResult } from '../../client/work-queue.ts';
import { createWorkQueue } from '../../client/work-queue.ts';
import { semanticEqual } from '../canonical.ts';
import type { ControllerContext } from '../context.ts';
import { runController } from '../context.ts';
import { Expectations } from '../expectations.ts';
import type { OwnedPods } from '../owned-pods.ts';
import { claimPods, deletePods, ownedPodInformers, watchOwnedPods } from '../owned-pods.ts';
import { controllerOf } from '../owner.ts';
import { podKey } from '../pod-state.ts';
import { isNamespaceTerminating, PodWriter, slowStart } from '../pod-writer.ts';
import { JobBackOff } from './back-off.ts';
import { indexedPod, indexOf, isTracked, jobPod, trackingFinalizer } from './pods.ts';
import type { JobPlan, JobState } from './reconcile.ts';
import { isFinished, reconcile } from './reconcile.ts';
import { tally } from './tally.ts';

const component = 'job-controller';
/** Jobs that say so are another controller's. */
const managedByUs = 'kubernetes.io/job-controller';

interface Parts extends OwnedPods<Job> {
  readonly backOff: JobBackOff;
}

/** Runs the pods of Jobs to their end; runs until the context's signal is aborted. */
export async function startJobController(context: ControllerContext): Promise<void> {
  const parts: Parts = {
    context,
    resource: jobs,
    queue: createWorkQueue(),
    expectations: new Expectations(context.now),
    ...ownedPodInformers(context, jobs),
    finalizer: trackingFinalizer,
    backOff: new JobBackOff(),
  };
  watchOwnedPods(parts);
  const { queue, owners, pods: cache } = parts;
  await Promise.all([
    runController(context, { name: component, queue, needs: [owners, cache], reconcile: (key) => sync(parts, key) }),
    releaseOrphans(parts),
  ]);
}

/** Frees the pods of Jobs that are gone: nobody counts them any more, and the finalizer would keep them for ever. */
async function releaseOrphans(parts: Parts): Promise<void> {
  const { context, owners, pods: cache, backOff } = parts;
  const queue = createWorkQueue();
  // One without an owner may be adopted yet.
  const isWanted = ({ metadata }: Pod): boolean =>
    metadata.deletionTimestamp === undefined &&
    owners
      .byIndex('namespace', metadata.namespace)
      .some((job) => !isFinished(job) && selectorMatches(job.spec.selector, metadata.labels));
  const isOrphan = (pod: Pod): boolean => {
    if (!isTracked(pod)) return false;
    const owner = controllerOf(pod);
    if (owner === undefined) return !isWanted(pod);
    if (owner.kind !== 'Job') return false;
    return owners.get(`${pod.metadata.namespace}/${owner.name}`)?.metadata.uid !== owner.uid;
  };
  const changed = (pod: Pod): void => {
    if (isOrphan(pod)) queue.add(podKey(pod));
  };
  cache.addHandlers({ add: changed, update: changed });
  owners.addHandlers({
    delete({ metadata }) {
      backOff.forget(metadata.uid);
      for (const pod of cache.byIndex('controller', metadata.uid)) changed(pod);
      for (const pod of cache.byIndex('orphan', metadata.namespace)) changed(pod);
    },
  });
  await runController(context, {
    name: component,
    queue,
    needs: [owners, cache],
    async reconcile(key) {
      const pod = cache.get(key);
      if (pod !== undefined && isOrphan(pod)) await release(context, pod);
    },
  });
}

async function release({ client }: ControllerContext, { metadata }: Pod): Promise<void> {
  const { name, namespace, uid, resourceVersion } = metadata;
  const finalizers = (metadata.finalizers ?? []).filter((finalizer) => finalizer !== trackingFinalizer);
  try {
    await client.patch(pods, { name, namespace }, 'merge', { metadata: { uid, resourceVersion, finalizers } });
  } catch (error) {
    if (!isStatus(error, 'NotFound')) throw error;
  }
}

async function sync(parts: Parts, key: string): Promise<ReconcileResult> {
  const job = parts.owners.get(key);
  if (job === undefined || (job.spec.managedBy ?? managedByUs) !== managedByUs) return {};
  if (job.metadata.deletionTimestamp !== undefined && isFinished(job)) return {};
  try {
    return await manage(parts, job);
  } catch (error) {
    // It has been deleted meanwhile, and an event says so.
    if (isStatus(error, 'NotFound')) return {};
    throw error;
  }
}

async function manage(parts: Parts, job: Job): Promise<ReconcileResult> {
  const { context, expectations } = parts;
  const { uid } = job.metadata;
  const mayManage = expectations.satisfied(uid);
  const now = context.now();
  const owned = await claimPods(parts, job);
  const count = tally(job, owned);
  const state: JobState = { job, pods: owned, count, waitMs: waits(parts, job, count, now), now };
  const plan = reconcile(state);
  const active = mayManage && job.metadata.deletionTimestamp === undefined;
  const error = active ? await writePods(parts, state, plan) : undefined;
  if (!semanticEqual(plan.status, job.status)) {
    await context.client.updateStatus(jobs, { ...job, status: plan.status });
  }
  for (const event of plan.events) context.record(component, job, event);
  await Promise.all(plan.release.map((pod) => release(context, pod)));
  if (error !== undefined) throw error;
  return plan.requeueAfterMs === undefined ? {} : { requeueAfter: plan.requeueAfterMs };
}

/** Takes in what has ended since the last look; how long each number, or else the Job, must wait then. */
function waits({ backOff }: Parts, job: Job, count: JobState['count'], now: number): JobState['waitMs'] {
  const { uid } = job.metadata;
  const { newlyFailed: failed, newlySucceeded: succeeded } = count;
  if (job.spec.backoffLimitPerIndex === undefined) {
    backOff.note(uid, { failed, succeeded }, now);
    return () => backOff.waitMs(uid, now);
  }
  for (const pod of failed) backOff.note(`${uid}/${indexOf(pod)}`, { failed: [pod], succeeded: [] }, now);
  return (index) => backOff.waitMs(`${uid}/${index}`, now);
}

/** Returns the first error of the writes. */
async function writePods({ context, expectations }: Parts, { job, count }: JobState, plan: JobPlan): Promise<unknown> {
  const { uid } = job.metadata;
  const writer = new PodWriter({ client: context.client, record: (event) => context.record(component, job, event) });
  if (plan.delete.length > 0) {
    if (!plan.countDeleted) await Promise.all(plan.delete.map((pod) => release(context, pod)));
    expectations.expect(uid, { deletions: plan.delete.map(podKey) });
    return deletePods(plan.delete, { uid, writer, expectations });
  }
  if (plan.create.length === 0) return undefined;
  const wanted = plan.create.map((index) =>
    index === undefined ? jobPod(job) : indexedPod(job, index, count.indexFailures.get(index) ?? 0),
  );
  const next = wanted.values();
  expectations.expect(uid, { creations: wanted.length });
  const { succeeded, error } = await slowStart(wanted.length, () => writer.create(next.next().value ?? jobPod(job)));
  expectations.created(uid, wanted.length - succeeded);
  return isNamespaceTerminating(error) ? undefined : error;
}
