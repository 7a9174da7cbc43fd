import type { ControllerRevision } from '../../api/apps/controller-revision.schema.ts';
import type { DaemonSet } from '../../api/apps/daemon-set.schema.ts';
import type { Node } from '../../api/core/node.schema.ts';
import { daemonSets, nodes } from '../../api/resources.ts';
import { isStatus } from '../../api/status-error.ts';
import { isEmptySelector } from '../../api/values/label-selector.ts';
import type { Informer } from '../../client/informer.ts';
import { keyOf } from '../../client/informer.ts';
import type { ReconcileResult } from '../../client/work-queue.ts';
import { createWorkQueue } from '../../client/work-queue.ts';
import { semanticEqual } from '../canonical.ts';
import type { ControllerContext } from '../context.ts';
import { runController } from '../context.ts';
import { planRevision, revisionHashLabel, surplusRevisions } from '../controller-revisions.ts';
import { Expectations } from '../expectations.ts';
import type { OwnedPods } from '../owned-pods.ts';
import { claimPods, deletePods, ownedPodInformers, watchOwnedPods } from '../owned-pods.ts';
import { nextAvailabilityMs, podKey } from '../pod-state.ts';
import { isNamespaceTerminating, PodWriter } from '../pod-writer.ts';
import {
  deleteRevisions,
  RevisionCollision,
  revisionInformer,
  ownedRevisions,
  writeRevision,
} from '../revision-writer.ts';
import { FailedPods } from './failed-pods.ts';
import { daemonPod, placementOn } from './placement.ts';
import type { DaemonSetState } from './reconcile.ts';
import { planPods, statusOf } from './reconcile.ts';

const component = 'daemonset-controller';

interface Parts extends OwnedPods<DaemonSet> {
  readonly nodes: Informer<Node>;
  readonly revisions: Informer<ControllerRevision>;
  readonly failedPods: FailedPods;
}

/** Keeps a pod of every DaemonSet on each node that it wants; runs until the context's signal is aborted. */
export async function startDaemonSetController(context: ControllerContext): Promise<void> {
  const parts: Parts = {
    context,
    resource: daemonSets,
    queue: createWorkQueue(),
    expectations: new Expectations(context.now),
    ...ownedPodInformers(context, daemonSets),
    nodes: context.informers.of(nodes),
    revisions: revisionInformer(context),
    failedPods: new FailedPods(),
  };
  watchOwnedPods(parts);
  parts.owners.addHandlers({ delete: ({ metadata }) => parts.failedPods.forget(metadata.uid) });
  watchNodes(parts);
  await runController(context, {
    name: component,
    queue: parts.queue,
    needs: [parts.owners, parts.pods, parts.nodes, parts.revisions],
    reconcile: (key) => sync(parts, key),
  });
}

function watchNodes({ queue, owners, nodes: cache }: Parts): void {
  const affected = (node: Node, old?: Node): void => {
    for (const daemonSet of owners.list()) {
      const now = placementOn(node, daemonSet);
      if (old !== undefined && semanticEqual(now, placementOn(old, daemonSet))) continue;
      if (old !== undefined || now.stay) queue.add(keyOf(daemonSet));
    }
  };
  cache.addHandlers({
    add: (node) => affected(node),
    update(node, old) {
      const same = node.spec.taints === old.spec.taints && semanticEqual(node.metadata.labels, old.metadata.labels);
      if (!same) affected(node, old);
    },
    delete: (node) => affected(node),
  });
}

async function sync(parts: Parts, key: string): Promise<ReconcileResult> {
  const daemonSet = parts.owners.get(key);
  if (daemonSet === undefined) return {};
  const { context } = parts;
  if (isEmptySelector(daemonSet.spec.selector)) {
    const message = 'This daemon set is selecting all pods. A non-empty selector is required.';
    context.record(component, daemonSet, { type: 'Warning', reason: 'SelectingAll', message });
    return {};
  }
  if (daemonSet.metadata.deletionTimestamp !== undefined) return {};
  try {
    return await manage(parts, daemonSet);
  } catch (error) {
    // It has been deleted meanwhile, and an event says so.
    if (isStatus(error, 'NotFound')) return {};
    throw error;
  }
}

async function manage(parts: Parts, daemonSet: DaemonSet): Promise<ReconcileResult> {
  const { context, expectations, failedPods } = parts;
  const { uid } = daemonSet.metadata;
  const mayManage = expectations.satisfied(uid);
  const revisions = await ownedRevisions(parts, { owner: daemonSet, resource: daemonSets });
  const current = await currentRevision(parts, daemonSet, revisions);
  if (current === undefined) return {};
  let retryMs = Infinity;
  const now = context.now();
  const state: DaemonSetState = {
    daemonSet,
    nodes: parts.nodes.list(),
    pods: await claimPods(parts, daemonSet),
    hash: current.metadata.labels?.[revisionHashLabel] ?? '',
    mayReplaceFailed(node) {
      const waitMs = failedPods.waitMs(uid, node, now);
      if (waitMs > 0) retryMs = Math.min(retryMs, waitMs);
      return waitMs === 0;
    },
    now,
  };
  const error = mayManage ? await writePods(parts, state) : undefined;
  const status = statusOf(state);
  if (!semanticEqual(status, daemonSet.status)) {
    await context.client.updateStatus(daemonSets, { ...daemonSet, status });
  }
  if (error !== undefined) throw error;
  await trimHistory(parts, state, [
    ...revisions.filter(({ metadata }) => metadata.uid !== current.metadata.uid),
    current,
  ]);
  const nextMs = nextAvailabilityMs(state.pods, daemonSet.spec.minReadySeconds ?? 0, now);
  const requeueAfter = Math.min(nextMs ?? Infinity, retryMs);
  return requeueAfter === Infinity ? {} : { requeueAfter };
}

async function currentRevision(
  { context }: Parts,
  daemonSet: DaemonSet,
  revisions: readonly ControllerRevision[],
): Promise<ControllerRevision | undefined> {
  const { collisionCount } = daemonSet.status;
  const { template } = daemonSet.spec;
  const hashLabel = revisionHashLabel;
  const plan = planRevision({ owner: daemonSet, resource: daemonSets, template, revisions, collisionCount, hashLabel });
  try {
    return await writeRevision(context.client, plan);
  } catch (error) {
    if (!(error instanceof RevisionCollision)) throw error;
    // The next attempt, which this write causes, comes with another hash.
    const status = { ...daemonSet.status, collisionCount: (collisionCount ?? 0) + 1 };
    await context.client.updateStatus(daemonSets, { ...daemonSet, status });
    return undefined;
  }
}

/** Returns the first error of the writes. */
async function writePods({ context, expectations }: Parts, state: DaemonSetState): Promise<unknown> {
  const { daemonSet, hash } = state;
  const { uid } = daemonSet.metadata;
  const plan = planPods(state);
  for (const event of plan.events) context.record(component, daemonSet, event);
  if (plan.create.length === 0 && plan.delete.length === 0) return undefined;
  const writer = new PodWriter({
    client: context.client,
    record: (event) => context.record(component, daemonSet, event),
  });
  expectations.expect(uid, { creations: plan.create.length, deletions: plan.delete.map(podKey) });
  const creations = plan.create.map((node) => writer.create(daemonPod(daemonSet, node, hash)));
  const [created, deletionError] = await Promise.all([
    Promise.allSettled(creations),
    deletePods(plan.delete, { uid, writer, expectations }),
  ]);
  const failed = created.filter((result) => result.status === 'rejected');
  expectations.created(uid, failed.length);
  const serious = failed.map(({ reason }) => reason as unknown).filter((error) => !isNamespaceTerminating(error));
  return serious[0] ?? deletionError;
}

async function trimHistory(
  { context }: Parts,
  state: DaemonSetState,
  revisions: readonly ControllerRevision[],
): Promise<void> {
  const { daemonSet, pods, hash } = state;
  const used = new Set([hash, ...pods.map(({ metadata }) => metadata.labels?.[revisionHashLabel] ?? '')]);
  const limit = daemonSet.spec.revisionHistoryLimit ?? 10;
  const isLive = ({ metadata }: ControllerRevision): boolean => used.has(metadata.labels?.[revisionHashLabel] ?? '');
  await deleteRevisions(context.client, surplusRevisions(revisions, { limit, isLive }));
}
