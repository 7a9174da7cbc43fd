import type { Pod } from '../../api/core/pod.schema.ts';
import type { PodDisruptionBudget } from '../../api/policy/pod-disruption-budget.schema.ts';
import {
  deployments,
  podDisruptionBudgets,
  pods,
  replicaSets,
  replicationControllers,
  statefulSets,
} from '../../api/resources.ts';
import { isStatus } from '../../api/status-error.ts';
import { selectorMatches } from '../../api/values/label-selector.ts';
import type { Informer } from '../../client/informer.ts';
import { keyOf } from '../../client/informer.ts';
import type { ReconcileResult } from '../../client/work-queue.ts';
import { createWorkQueue } from '../../client/work-queue.ts';
import { semanticEqual } from '../canonical.ts';
import type { ControllerContext } from '../context.ts';
import { runController } from '../context.ts';
import { errorMessage } from '../error-message.ts';
import { isReady } from '../pod-state.ts';
import { failSafe, reconcile } from './reconcile.ts';
import type { ScaleSources } from './scale.ts';
import { scaleOf } from './scale.ts';

const component = 'controllermanager';
/** How soon to look again at a budget whose numbers cannot be known. */
const failedRetryMs = 15_000;

interface Parts {
  readonly context: ControllerContext;
  readonly budgets: Informer<PodDisruptionBudget>;
  readonly pods: Informer<Pod>;
  readonly sources: ScaleSources;
}

/** Says of every PodDisruptionBudget how many pods may be evicted; runs until the context's signal is aborted. */
export async function startDisruptionController(context: ControllerContext): Promise<void> {
  const { informers } = context;
  const queue = createWorkQueue();
  const sources: ScaleSources = {
    deployments: informers.of(deployments),
    replicaSets: informers.of(replicaSets),
    statefulSets: informers.of(statefulSets),
    replicationControllers: informers.of(replicationControllers),
  };
  const parts: Parts = {
    context,
    budgets: informers.indexed(podDisruptionBudgets, 'namespace', ({ metadata }) => [metadata.namespace]),
    pods: informers.indexed(pods, 'namespace', ({ metadata }) => [metadata.namespace]),
    sources,
  };
  const changed = (budget: PodDisruptionBudget): void => queue.add(keyOf(budget));
  parts.budgets.addHandlers({ add: changed, update: changed });
  const podChanged = (pod: Pod): void => {
    for (const budget of parts.budgets.byIndex('namespace', pod.metadata.namespace)) {
      if (selectorMatches(budget.spec.selector, pod.metadata.labels)) changed(budget);
    }
  };
  parts.pods.addHandlers({
    add: podChanged,
    update(pod, old) {
      if (looksTheSame(pod, old)) return;
      podChanged(old);
      podChanged(pod);
    },
    delete: podChanged,
  });
  const ownerChanged = (object: Scalable, old: Scalable): void => {
    if (object.spec.replicas === old.spec.replicas) return;
    for (const budget of parts.budgets.byIndex('namespace', object.metadata.namespace)) changed(budget);
  };
  sources.deployments.addHandlers({ update: ownerChanged });
  sources.replicaSets.addHandlers({ update: ownerChanged });
  sources.statefulSets.addHandlers({ update: ownerChanged });
  sources.replicationControllers.addHandlers({ update: ownerChanged });
  await runController(context, {
    name: 'disruption-controller',
    queue,
    needs: [
      parts.budgets,
      parts.pods,
      sources.deployments,
      sources.replicaSets,
      sources.statefulSets,
      sources.replicationControllers,
    ],
    reconcile: (key) => sync(parts, key),
  });
}

interface Scalable {
  readonly metadata: { readonly namespace: string };
  readonly spec: { readonly replicas?: number | undefined };
}

function looksTheSame(pod: Pod, old: Pod): boolean {
  return (
    isReady(pod) === isReady(old) &&
    pod.metadata.deletionTimestamp === old.metadata.deletionTimestamp &&
    semanticEqual(pod.metadata.labels, old.metadata.labels)
  );
}

async function sync({ context, budgets, pods: cache, sources }: Parts, key: string): Promise<ReconcileResult> {
  const budget = budgets.get(key);
  if (budget === undefined || budget.metadata.deletionTimestamp !== undefined) return {};
  const { namespace } = budget.metadata;
  const selected = cache.byIndex('namespace', namespace).filter(({ metadata }) => {
    return selectorMatches(budget.spec.selector, metadata.labels);
  });
  const now = context.now();
  let requeueAfter: number | undefined;
  let status: PodDisruptionBudget['status'];
  try {
    const plan = reconcile({ budget, pods: selected, scale: () => scaleOf(selected, sources), now });
    for (const event of plan.events) context.record(component, budget, event);
    for (const pod of plan.notDeleted) {
      const message = `Pod was expected by PDB ${key} to be deleted but it wasn't`;
      context.record(component, pod, { type: 'Warning', reason: 'NotDeleted', message });
    }
    status = plan.status;
    requeueAfter = plan.requeueAfterMs;
  } catch (error) {
    const message = `Failed to calculate the number of expected pods: ${errorMessage(error)}`;
    context.record(component, budget, { type: 'Warning', reason: 'CalculateExpectedPodCountFailed', message });
    status = failSafe(budget, errorMessage(error), now);
    requeueAfter = failedRetryMs;
  }
  if (!semanticEqual(status, budget.status)) {
    try {
      await context.client.updateStatus(podDisruptionBudgets, { ...budget, status });
    } catch (error) {
      if (!isStatus(error, 'NotFound')) throw error;
    }
  }
  return requeueAfter === undefined ? {} : { requeueAfter };
}
