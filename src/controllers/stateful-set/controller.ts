import type { ControllerRevision } from '../../api/apps/controller-revision.schema.ts';
import type { StatefulSet } from '../../api/apps/stateful-set.schema.ts';
import type { PersistentVolumeClaim } from '../../api/core/persistent-volume-claim.schema.ts';
import { persistentVolumeClaims, statefulSets } from '../../api/resources.ts';
import { isStatus } from '../../api/status-error.ts';
import { isEmptySelector } from '../../api/values/label-selector.ts';
import type { Informer } from '../../client/informer.ts';
import type { ReconcileResult } from '../../client/work-queue.ts';
import { createWorkQueue } from '../../client/work-queue.ts';
import { semanticEqual } from '../canonical.ts';
import type { ControllerContext } from '../context.ts';
import { runController } from '../context.ts';
import { planRevision, surplusRevisions, templateOf } from '../controller-revisions.ts';
import { Expectations } from '../expectations.ts';
import type { OwnedPods } from '../owned-pods.ts';
import { claimPods, ownedPodInformers, watchOwnedPods } from '../owned-pods.ts';
import { nextAvailabilityMs } from '../pod-state.ts';
import {
  deleteRevisions,
  ownedRevisions,
  RevisionCollision,
  revisionInformer,
  writeRevision,
} from '../revision-writer.ts';
import { applyPlan } from './apply.ts';
import { ordinalOf, revisionOf } from './identity.ts';
import type { StatefulSetState } from './reconcile.ts';
import { planPods, statusOf } from './reconcile.ts';

const component = 'statefulset-controller';
const hashLabel = 'controller.kubernetes.io/hash';

interface Parts extends OwnedPods<StatefulSet> {
  readonly claims: Informer<PersistentVolumeClaim>;
  readonly revisions: Informer<ControllerRevision>;
}

/** Keeps the numbered pods of every StatefulSet, with their claims; runs until the context's signal is aborted. */
export async function startStatefulSetController(context: ControllerContext): Promise<void> {
  const parts: Parts = {
    context,
    resource: statefulSets,
    queue: createWorkQueue(),
    // Pods have names that are known beforehand: to create one twice is refused, and nothing need be expected.
    expectations: new Expectations(context.now),
    ...ownedPodInformers(context, statefulSets),
    claims: context.informers.of(persistentVolumeClaims),
    revisions: revisionInformer(context),
  };
  watchOwnedPods(parts);
  await runController(context, {
    name: component,
    queue: parts.queue,
    needs: [parts.owners, parts.pods, parts.claims, parts.revisions],
    reconcile: (key) => sync(parts, key),
  });
}

async function sync(parts: Parts, key: string): Promise<ReconcileResult> {
  const set = parts.owners.get(key);
  if (set === undefined) return {};
  if (isEmptySelector(set.spec.selector)) {
    const message = 'This stateful set is selecting all pods. A non-empty selector is required.';
    parts.context.record(component, set, { type: 'Warning', reason: 'SelectingAll', message });
    return {};
  }
  try {
    return await manage(parts, set);
  } catch (error) {
    // It has been deleted meanwhile, and an event says so.
    if (isStatus(error, 'NotFound')) return {};
    throw error;
  }
}

async function manage(parts: Parts, set: StatefulSet): Promise<ReconcileResult> {
  const { context, claims } = parts;
  const known = await ownedRevisions(parts, { owner: set, resource: statefulSets });
  const newest = await newestRevision(parts, set, known);
  if (newest === undefined) return {};
  const revisions = [...known.filter(({ metadata }) => metadata.uid !== newest.metadata.uid), newest];
  const current = revisions.find(({ metadata }) => metadata.name === set.status.currentRevision) ?? newest;
  const version = (revision: ControllerRevision) => ({ name: revision.metadata.name, template: templateOf(revision) });
  const { namespace } = set.metadata;
  const state: StatefulSetState = {
    set,
    pods: await claimPods(parts, set, (pod) => ordinalOf(set, pod) !== undefined),
    claim: (name) => claims.get(`${namespace}/${name}`),
    current: version(current),
    update: version(newest),
    now: context.now(),
  };
  const status = statusOf(state);
  await applyPlan(context, set, planPods(state));
  if (!semanticEqual(status, set.status)) await context.client.updateStatus(statefulSets, { ...set, status });
  await trimHistory(context, state, revisions);
  const requeueAfter = nextAvailabilityMs(state.pods, set.spec.minReadySeconds ?? 0, state.now);
  return requeueAfter === undefined ? {} : { requeueAfter };
}

async function newestRevision(
  { context }: Parts,
  set: StatefulSet,
  revisions: readonly ControllerRevision[],
): Promise<ControllerRevision | undefined> {
  const { collisionCount } = set.status;
  const { template } = set.spec;
  const plan = planRevision({ owner: set, resource: statefulSets, template, revisions, collisionCount, hashLabel });
  try {
    return await writeRevision(context.client, plan);
  } catch (error) {
    if (!(error instanceof RevisionCollision)) throw error;
    // The next attempt, which this write causes, comes with another hash.
    const status = { ...set.status, collisionCount: (collisionCount ?? 0) + 1 };
    await context.client.updateStatus(statefulSets, { ...set, status });
    return undefined;
  }
}

async function trimHistory(
  { client }: ControllerContext,
  { set, pods, current, update }: StatefulSetState,
  revisions: readonly ControllerRevision[],
): Promise<void> {
  const used = new Set([current.name, update.name, ...pods.map(revisionOf)]);
  const limit = set.spec.revisionHistoryLimit ?? 10;
  const isLive = ({ metadata }: ControllerRevision): boolean => used.has(metadata.name);
  await deleteRevisions(client, surplusRevisions(revisions, { limit, isLive }));
}
