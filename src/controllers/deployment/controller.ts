import type { Deployment } from '../../api/apps/deployment.schema.ts';
import type { ReplicaSet } from '../../api/apps/replica-set.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import { deployments, pods, replicaSets } from '../../api/resources.ts';
import { isStatus } from '../../api/status-error.ts';
import { isEmptySelector, selectorMatches } from '../../api/values/label-selector.ts';
import type { Informer } from '../../client/informer.ts';
import { keyOf } from '../../client/informer.ts';
import type { ReconcileResult, WorkQueue } from '../../client/work-queue.ts';
import { createWorkQueue } from '../../client/work-queue.ts';
import { applyClaims } from '../claimant.ts';
import { planClaims } from '../claim.ts';
import type { ControllerContext } from '../context.ts';
import { runController } from '../context.ts';
import { controllerOf, controllerUidIndex, orphanIndex } from '../owner.ts';
import { isTerminal } from '../pod-state.ts';
import { applyPlan } from './apply.ts';
import { reconcile } from './reconcile.ts';

const component = 'deployment-controller';

interface Caches {
  readonly deployments: Informer<Deployment>;
  readonly replicaSets: Informer<ReplicaSet>;
  readonly pods: Informer<Pod>;
}

/** Keeps the ReplicaSets of every Deployment as its spec wants them; runs until the context's signal is aborted. */
export async function startDeploymentController(context: ControllerContext): Promise<void> {
  const { informers } = context;
  const queue = createWorkQueue();
  informers.indexed(replicaSets, 'orphan', orphanIndex);
  const caches: Caches = {
    deployments: informers.indexed(deployments, 'namespace', ({ metadata }) => [metadata.namespace]),
    replicaSets: informers.indexed(replicaSets, 'controller', controllerUidIndex),
    pods: informers.indexed(pods, 'controller', controllerUidIndex),
  };
  listen(queue, caches);
  await runController(context, {
    name: component,
    queue,
    needs: [caches.deployments, caches.replicaSets, caches.pods],
    reconcile: (key) => sync(context, caches, key),
  });
}

function listen(queue: WorkQueue, caches: Caches): void {
  const enqueue = (object: Deployment): void => queue.add(keyOf(object));
  caches.deployments.addHandlers({ add: enqueue, update: enqueue, delete: enqueue });
  const ownerChanged = (replicaSet: ReplicaSet): void => enqueueOwners(queue, caches, replicaSet);
  caches.replicaSets.addHandlers({
    add: ownerChanged,
    update(replicaSet, old) {
      if (controllerOf(old)?.uid !== controllerOf(replicaSet)?.uid) ownerChanged(old);
      ownerChanged(replicaSet);
    },
    delete: ownerChanged,
  });
  // Recreate waits until the last old pod is gone, which no ReplicaSet's status tells.
  caches.pods.addHandlers({ delete: (pod) => enqueueRecreate(queue, caches, pod) });
}

function enqueueOwners(queue: WorkQueue, caches: Caches, replicaSet: ReplicaSet): void {
  const owner = controllerOf(replicaSet);
  const { namespace, labels } = replicaSet.metadata;
  if (owner !== undefined) {
    if (owner.kind === 'Deployment') queue.add(`${namespace}/${owner.name}`);
    return;
  }
  for (const deployment of caches.deployments.byIndex('namespace', namespace)) {
    if (selectorMatches(deployment.spec.selector, labels)) queue.add(keyOf(deployment));
  }
}

function enqueueRecreate(queue: WorkQueue, caches: Caches, pod: Pod): void {
  const owner = controllerOf(pod);
  if (owner?.kind !== 'ReplicaSet') return;
  const replicaSet = caches.replicaSets.get(`${pod.metadata.namespace}/${owner.name}`);
  const parent = replicaSet === undefined ? undefined : controllerOf(replicaSet);
  if (parent?.kind !== 'Deployment') return;
  const deployment = caches.deployments.get(`${pod.metadata.namespace}/${parent.name}`);
  if (deployment?.spec.strategy.type === 'Recreate') queue.add(keyOf(deployment));
}

async function sync(context: ControllerContext, caches: Caches, key: string): Promise<ReconcileResult> {
  const deployment = caches.deployments.get(key);
  if (deployment === undefined) return {};
  if (isEmptySelector(deployment.spec.selector)) {
    const message = 'This deployment is selecting all pods. A non-empty selector is required.';
    context.record(component, deployment, { type: 'Warning', reason: 'SelectingAll', message });
    return {};
  }
  const owned = await claim(context, caches, deployment);
  const plan = reconcile({
    deployment,
    replicaSets: owned,
    runningPods: ({ metadata }) =>
      caches.pods.byIndex('controller', metadata.uid).filter((pod) => !isTerminal(pod)).length,
    now: context.now(),
  });
  try {
    await applyPlan(context, deployment, plan);
  } catch (error) {
    // Something of it is gone, of which an event tells; the attempt that follows sees the world as it then is.
    if (isStatus(error, 'NotFound')) return {};
    throw error;
  }
  return plan.requeueAfterMs === undefined ? {} : { requeueAfter: plan.requeueAfterMs };
}

function claim(context: ControllerContext, caches: Caches, deployment: Deployment): Promise<readonly ReplicaSet[]> {
  const { uid, namespace } = deployment.metadata;
  const candidates = [
    ...caches.replicaSets.byIndex('controller', uid),
    ...caches.replicaSets.byIndex('orphan', namespace),
  ];
  const claims = planClaims(candidates, {
    owner: deployment,
    matches: ({ metadata }) => selectorMatches(deployment.spec.selector, metadata.labels),
  });
  const claimant = { client: context.client, owner: deployment, ownerResource: deployments, resource: replicaSets };
  return applyClaims(claimant, claims);
}
