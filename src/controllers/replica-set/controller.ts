import type { ReplicaSet } from '../../api/apps/replica-set.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import { pods, replicaSets } from '../../api/resources.ts';
import { selectorMatches } from '../../api/values/label-selector.ts';
import { isStatus } from '../../api/status-error.ts';
import type { Informer } from '../../client/informer.ts';
import { keyOf } from '../../client/informer.ts';
import type { ReconcileResult, WorkQueue } from '../../client/work-queue.ts';
import { createWorkQueue } from '../../client/work-queue.ts';
import { semanticEqual } from '../canonical.ts';
import { planClaims } from '../claim.ts';
import { applyClaims } from '../claimant.ts';
import type { ControllerContext } from '../context.ts';
import { runController } from '../context.ts';
import { errorMessage } from '../error-message.ts';
import { Expectations } from '../expectations.ts';
import { controllerOf, controllerUidIndex, orphanIndex } from '../owner.ts';
import { isActive, podKey } from '../pod-state.ts';
import { isNamespaceTerminating, podFromTemplate, PodWriter, slowStart } from '../pod-writer.ts';
import type { PodFailure, ReplicaSetState } from './reconcile.ts';
import { nextAvailabilityMs, planPods, statusOf } from './reconcile.ts';

const component = 'replicaset-controller';

interface Parts {
  readonly context: ControllerContext;
  readonly queue: WorkQueue;
  readonly expectations: Expectations;
  readonly replicaSets: Informer<ReplicaSet>;
  readonly pods: Informer<Pod>;
}

/** Keeps as many pods of every ReplicaSet as its spec asks for; runs until the context's signal is aborted. */
export async function startReplicaSetController(context: ControllerContext): Promise<void> {
  const { informers } = context;
  informers.indexed(replicaSets, 'namespace', ({ metadata }) => [metadata.namespace]);
  informers.indexed(pods, 'orphan', orphanIndex);
  const parts: Parts = {
    context,
    queue: createWorkQueue(),
    expectations: new Expectations(context.now),
    replicaSets: informers.indexed(replicaSets, 'controller', controllerUidIndex),
    pods: informers.indexed(pods, 'controller', controllerUidIndex),
  };
  listen(parts);
  await runController(context, {
    name: component,
    queue: parts.queue,
    needs: [parts.replicaSets, parts.pods],
    reconcile: (key) => sync(parts, key),
  });
}

function listen(parts: Parts): void {
  const { queue, expectations } = parts;
  const enqueue = (replicaSet: ReplicaSet): void => queue.add(keyOf(replicaSet));
  parts.replicaSets.addHandlers({
    add: enqueue,
    update: enqueue,
    delete(replicaSet) {
      expectations.forget(replicaSet.metadata.uid);
    },
  });
  parts.pods.addHandlers({
    add(pod) {
      const owner = ownerOf(pod);
      if (owner === undefined) enqueueMatching(parts, pod);
      else {
        expectations.created(owner.uid);
        queue.add(owner.key);
      }
    },
    update(pod, old) {
      const before = ownerOf(old);
      const owner = ownerOf(pod);
      if (before !== undefined && before.uid !== owner?.uid) queue.add(before.key);
      if (owner === undefined) enqueueMatching(parts, pod);
      else {
        if (pod.metadata.deletionTimestamp !== undefined) expectations.deleted(owner.uid, podKey(pod));
        queue.add(owner.key);
      }
    },
    delete(pod) {
      const owner = ownerOf(pod);
      if (owner === undefined) return;
      expectations.deleted(owner.uid, podKey(pod));
      queue.add(owner.key);
    },
  });
}

function ownerOf(pod: Pod): { readonly uid: string; readonly key: string } | undefined {
  const owner = controllerOf(pod);
  return owner?.kind === 'ReplicaSet' ? { uid: owner.uid, key: `${pod.metadata.namespace}/${owner.name}` } : undefined;
}

function enqueueMatching(parts: Parts, pod: Pod): void {
  if (controllerOf(pod) !== undefined) return;
  for (const replicaSet of parts.replicaSets.byIndex('namespace', pod.metadata.namespace)) {
    if (selectorMatches(replicaSet.spec.selector, pod.metadata.labels)) parts.queue.add(keyOf(replicaSet));
  }
}

async function sync(parts: Parts, key: string): Promise<ReconcileResult> {
  const replicaSet = parts.replicaSets.get(key);
  if (replicaSet === undefined) return {};
  // Taken before the claims' writes: what is seen only after this moment must not count as seen.
  const mayManage = parts.expectations.satisfied(replicaSet.metadata.uid);
  const owned = await claim(parts, replicaSet);
  const state: ReplicaSetState = {
    replicaSet,
    pods: owned,
    family: family(parts, replicaSet),
    now: parts.context.now(),
  };
  const outcome = mayManage ? await managePods(parts, state) : undefined;
  await writeStatus(parts, state, outcome?.failure);
  if (outcome?.error !== undefined) throw outcome.error;
  const requeueAfter = nextAvailabilityMs(state);
  return requeueAfter === undefined ? {} : { requeueAfter };
}

function claim(parts: Parts, replicaSet: ReplicaSet): Promise<readonly Pod[]> {
  const { uid, namespace } = replicaSet.metadata;
  const candidates = [...parts.pods.byIndex('controller', uid), ...parts.pods.byIndex('orphan', namespace)];
  const claims = planClaims(candidates, {
    owner: replicaSet,
    matches: ({ metadata }) => selectorMatches(replicaSet.spec.selector, metadata.labels),
    adoptable: isActive,
  });
  const { client } = parts.context;
  return applyClaims({ client, owner: replicaSet, ownerResource: replicaSets, resource: pods }, claims);
}

function family(parts: Parts, replicaSet: ReplicaSet): readonly Pod[] {
  const owner = controllerOf(replicaSet);
  const siblings = owner === undefined ? [replicaSet] : parts.replicaSets.byIndex('controller', owner.uid);
  return siblings.flatMap(({ metadata }) => parts.pods.byIndex('controller', metadata.uid));
}

interface Outcome {
  readonly failure: PodFailure | undefined;
  readonly error: unknown;
}

async function managePods(parts: Parts, state: ReplicaSetState): Promise<Outcome> {
  const { context, expectations } = parts;
  const { replicaSet } = state;
  const { uid } = replicaSet.metadata;
  const plan = planPods(state);
  const writer = new PodWriter({
    client: context.client,
    record: (event) => context.record(component, replicaSet, event),
  });
  let error: unknown;
  if (plan.create > 0 && replicaSet.spec.template !== undefined) {
    const pod = podFromTemplate(replicaSet.spec.template, { owner: replicaSet, resource: replicaSets });
    expectations.expectCreations(uid, plan.create);
    const result = await slowStart(plan.create, () => writer.create(pod));
    expectations.created(uid, plan.create - result.succeeded);
    if (!isNamespaceTerminating(result.error)) error = result.error;
  } else if (plan.delete.length > 0) {
    expectations.expectDeletions(uid, plan.delete.map(podKey));
    error = await deleteAll(plan.delete, { uid, writer, expectations });
  }
  if (error === undefined) return { failure: undefined, error };
  const reason = plan.create > 0 ? 'FailedCreate' : 'FailedDelete';
  return { failure: { reason, message: errorMessage(error) }, error };
}

interface Deletion {
  readonly uid: string;
  readonly writer: PodWriter;
  readonly expectations: Expectations;
}

/** Deletes the pods at once; returns the first error. */
async function deleteAll(doomed: readonly Pod[], { uid, writer, expectations }: Deletion): Promise<unknown> {
  let first: unknown;
  const one = async (pod: Pod): Promise<void> => {
    try {
      if (!(await writer.delete(pod))) expectations.deleted(uid, podKey(pod));
    } catch (error) {
      expectations.deleted(uid, podKey(pod));
      first ??= error;
    }
  };
  await Promise.all(doomed.map(one));
  return first;
}

async function writeStatus(parts: Parts, state: ReplicaSetState, failure: PodFailure | undefined): Promise<void> {
  const { replicaSet } = state;
  const status = statusOf(state, failure);
  if (semanticEqual(status, replicaSet.status)) return;
  try {
    await parts.context.client.updateStatus(replicaSets, { ...replicaSet, status });
  } catch (error) {
    if (!isStatus(error, 'NotFound')) throw error;
  }
}
