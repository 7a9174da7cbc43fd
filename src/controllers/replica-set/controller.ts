import type { ReplicaSet, ReplicaSetStatus } from '../../api/apps/replica-set.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import type { Resource } from '../../api/resources.ts';
import { replicaSets } from '../../api/resources.ts';
import { isStatus } from '../../api/status-error.ts';
import type { Informer } from '../../client/informer.ts';
import type { ReconcileResult } from '../../client/work-queue.ts';
import { createWorkQueue } from '../../client/work-queue.ts';
import { semanticEqual } from '../canonical.ts';
import type { ControllerContext } from '../context.ts';
import { runController } from '../context.ts';
import { errorMessage } from '../error-message.ts';
import { Expectations } from '../expectations.ts';
import type { OwnedPods } from '../owned-pods.ts';
import { claimPods, deletePods, ownedPodInformers, watchOwnedPods } from '../owned-pods.ts';
import { controllerOf, controllerUidIndex } from '../owner.ts';
import { isActive, nextAvailabilityMs, podKey } from '../pod-state.ts';
import { isNamespaceTerminating, podFromTemplate, PodWriter, slowStart } from '../pod-writer.ts';
import type { PodFailure, ReplicaSetState } from './reconcile.ts';
import { planPods, statusOf } from './reconcile.ts';

/** Keeps as many pods of every ReplicaSet as its spec asks for; runs until the context's signal is aborted. */
export async function startReplicaSetController(context: ControllerContext): Promise<void> {
  context.informers.indexed(replicaSets, 'controller', controllerUidIndex);
  await keepReplicas(context, {
    component: 'replicaset-controller',
    resource: replicaSets,
    ...ownedPodInformers(context, replicaSets),
    writeStatus: async (replicaSet, status) => {
      await context.client.updateStatus(replicaSets, { ...replicaSet, status });
    },
  });
}

/** A kind whose objects are ReplicaSets, or can be read as such. */
export interface Replicated {
  readonly component: string;
  /** The kind itself, which its pods name as their owner's. */
  readonly resource: Resource<ReplicaSet>;
  readonly owners: Informer<ReplicaSet>;
  readonly pods: Informer<Pod>;
  readonly writeStatus: (owner: ReplicaSet, status: ReplicaSetStatus) => Promise<void>;
}

type Parts = OwnedPods<ReplicaSet> & Replicated;

/** Keeps as many pods of every object of a kind as its spec asks for; runs until the context's signal is aborted. */
export async function keepReplicas(context: ControllerContext, kind: Replicated): Promise<void> {
  const parts: Parts = { ...kind, context, queue: createWorkQueue(), expectations: new Expectations(context.now) };
  watchOwnedPods(parts);
  await runController(context, {
    name: kind.component,
    queue: parts.queue,
    needs: [parts.owners, parts.pods],
    reconcile: (key) => sync(parts, key),
  });
}

async function sync(parts: Parts, key: string): Promise<ReconcileResult> {
  const replicaSet = parts.owners.get(key);
  if (replicaSet === undefined) return {};
  // Taken before the claims' writes: what is seen only after this moment must not count as seen.
  const mayManage = parts.expectations.satisfied(replicaSet.metadata.uid);
  const owned = await claimPods(parts, replicaSet);
  const state: ReplicaSetState = {
    replicaSet,
    pods: owned,
    family: family(parts, replicaSet),
    now: parts.context.now(),
  };
  const outcome = mayManage ? await managePods(parts, state) : undefined;
  await writeStatus(parts, state, outcome?.failure);
  if (outcome?.error !== undefined) throw outcome.error;
  const active = owned.filter((pod) => isActive(pod));
  const requeueAfter = nextAvailabilityMs(active, replicaSet.spec.minReadySeconds ?? 0, state.now);
  return requeueAfter === undefined ? {} : { requeueAfter };
}

function family(parts: Parts, replicaSet: ReplicaSet): readonly Pod[] {
  const owner = controllerOf(replicaSet);
  const siblings = owner === undefined ? [replicaSet] : parts.owners.byIndex('controller', owner.uid);
  return siblings.flatMap(({ metadata }) => parts.pods.byIndex('controller', metadata.uid));
}

interface Outcome {
  readonly failure: PodFailure | undefined;
  readonly error: unknown;
}

async function managePods(parts: Parts, state: ReplicaSetState): Promise<Outcome> {
  const { context, expectations, component, resource } = parts;
  const { replicaSet } = state;
  const { uid } = replicaSet.metadata;
  const plan = planPods(state);
  const writer = new PodWriter({
    client: context.client,
    record: (event) => context.record(component, replicaSet, event),
  });
  let error: unknown;
  if (plan.create > 0 && replicaSet.spec.template !== undefined) {
    const pod = podFromTemplate(replicaSet.spec.template, { owner: replicaSet, resource });
    expectations.expect(uid, { creations: plan.create });
    const result = await slowStart(plan.create, () => writer.create(pod));
    expectations.created(uid, plan.create - result.succeeded);
    if (!isNamespaceTerminating(result.error)) error = result.error;
  } else if (plan.delete.length > 0) {
    expectations.expect(uid, { deletions: plan.delete.map(podKey) });
    error = await deletePods(plan.delete, { uid, writer, expectations });
  }
  if (error === undefined) return { failure: undefined, error };
  const reason = plan.create > 0 ? 'FailedCreate' : 'FailedDelete';
  return { failure: { reason, message: errorMessage(error) }, error };
}

async function writeStatus(parts: Parts, state: ReplicaSetState, failure: PodFailure | undefined): Promise<void> {
  const { replicaSet } = state;
  const status = statusOf(state, failure);
  if (semanticEqual(status, replicaSet.status)) return;
  try {
    await parts.writeStatus(replicaSet, status);
  } catch (error) {
    if (!isStatus(error, 'NotFound')) throw error;
  }
}
