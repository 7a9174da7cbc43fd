import type { DeleteOptions } from '../../api/meta/meta.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import { Eviction } from '../../api/policy/eviction.schema.ts';
import type { PodDisruptionBudget } from '../../api/policy/pod-disruption-budget.schema.ts';
import { pods } from '../../api/resources.ts';
import { StatusError } from '../../api/status-error.ts';
import { isEmptySelector, selectorMatches } from '../../api/values/label-selector.ts';
import type { ApiResponse } from '../http/message.ts';
import { forbidden } from '../http/status.ts';
import { jsonAnswer } from '../negotiation/encode.ts';
import type { ApiObject } from '../registry/api-object.ts';
import type { Write } from '../registry/core.ts';
import { deleteObject } from '../registry/delete.ts';
import { prefixOf } from '../registry/keys.ts';
import { updateObject } from '../registry/update.ts';
import { createdStatus } from './binding.ts';
import type { Call } from './call.ts';
import { isDryRun, writeOf } from './call.ts';
import { readOther } from './read-body-of.ts';

const maxDisrupted = 2000;

/** Pods that do no work any more, or not yet, are nobody's loss. */
function isNoLoss({ metadata, status }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined || ['Pending', 'Succeeded', 'Failed'].includes(status.phase ?? '');
}

function isReady({ status }: Pod): boolean {
  return (status.conditions ?? []).some(({ type, status: value }) => type === 'Ready' && value === 'True');
}

async function budgetsOf(call: Call, pod: Pod): Promise<readonly PodDisruptionBudget[]> {
  const prefix = prefixOf({ group: 'policy', plural: 'poddisruptionbudgets', namespaced: true }, call.info.namespace);
  const { items } = await call.core.store.list(prefix);
  const budgets = items.map(({ object }) => object as PodDisruptionBudget);
  return budgets.filter(
    ({ spec: { selector } }) => !isEmptySelector(selector) && selectorMatches(selector, pod.metadata.labels),
  );
}

/** Clients that are told when to come again do so by themselves; of an exhausted budget nobody knows when. */
function tooManyRequests(message: string, retryAfterSeconds?: number): StatusError {
  return new StatusError('TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", {
    causes: [{ reason: 'DisruptionBudget', message }],
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}

/** The budget with one disruption taken from it. */
function spend(budget: PodDisruptionBudget, podName: string, now: string): PodDisruptionBudget {
  const { name, generation = 0 } = budget.metadata;
  const { status } = budget;
  const kind = { plural: 'poddisruptionbudgets', group: 'policy' };
  const { disruptionsAllowed = 0, disruptedPods = {}, observedGeneration = 0 } = status;
  if (observedGeneration < generation) {
    throw tooManyRequests(`The disruption budget ${name} is still being processed by the server.`, 10);
  }
  if (disruptionsAllowed < 0) throw forbidden(kind, name, 'pdb disruptions allowed is negative');
  if (Object.keys(disruptedPods).length > maxDisrupted) {
    throw forbidden(kind, name, 'DisruptedPods map too big - too many evictions not confirmed by PDB controller');
  }
  if (disruptionsAllowed === 0) {
    const { desiredHealthy = 0, currentHealthy = 0 } = status;
    throw tooManyRequests(
      `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`,
    );
  }
  const disrupted = { ...disruptedPods, [podName]: now };
  return { ...budget, status: { ...status, disruptionsAllowed: disruptionsAllowed - 1, disruptedPods: disrupted } };
}

/** An unhealthy pod may go where the budget says so, or is met without it. */
function mayGoUnready(pod: Pod, { spec, status }: PodDisruptionBudget): boolean {
  if (isReady(pod)) return false;
  if (spec.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  const { currentHealthy = 0, desiredHealthy = 0 } = status;
  return desiredHealthy > 0 && currentHealthy >= desiredHealthy;
}

async function takeFromBudget(call: Call, write: Write, pod: Pod): Promise<void> {
  const [budget, ...more] = await budgetsOf(call, pod);
  if (budget === undefined || mayGoUnready(pod, budget)) return;
  if (more.length > 0) {
    const text = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';
    throw new StatusError('InternalError', text);
  }
  const kind = call.core.kinds.resource('policy', 'v1', 'poddisruptionbudgets');
  if (kind === undefined) return;
  const change = (current: ApiObject): ApiObject =>
    spend(current as unknown as PodDisruptionBudget, write.name, write.now);
  const { name } = budget.metadata;
  await updateObject(call.core, { ...write, kind, name, subresource: 'status' }, { change });
}

/** Says in the pod's status why it goes, for those who count failures; it may be gone already. */
async function markEvicted(call: Call, write: Write): Promise<void> {
  const change = (current: ApiObject): ApiObject => {
    const { status, metadata } = current as unknown as Pod;
    const condition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'EvictionByEvictionAPI',
      message: 'Eviction API: evicting',
      lastTransitionTime: write.now,
      ...(metadata.generation === undefined ? {} : { observedGeneration: metadata.generation }),
    };
    const others = (status.conditions ?? []).filter(({ type }) => type !== condition.type);
    return { ...current, status: { ...status, conditions: [...others, condition] } };
  };
  await updateObject(call.core, { ...write, subresource: 'status' }, { change });
}

/** POST of an Eviction to `pods/X/eviction`: deletes the pod, if its disruption budget bears it. */
export async function handleEviction(call: Call): Promise<ApiResponse> {
  const { core, info } = call;
  const body = await readOther(call, { schema: Eviction, apiVersion: 'policy/v1', kind: 'Eviction' });
  const options: DeleteOptions = (body as unknown as Eviction).deleteOptions ?? {};
  const dryRun = isDryRun(call, options.dryRun);
  const write = { ...writeOf(call, { dryRun }), subresource: 'eviction' };
  const pod = await core.read(pods, { name: info.name, namespace: info.namespace });
  await core.admission.validate({ ...write, verb: 'create', object: body, old: undefined });
  if (!isNoLoss(pod)) await takeFromBudget(call, write, pod);
  const preconditions = { uid: pod.metadata.uid, ...options.preconditions };
  if (pod.metadata.deletionTimestamp === undefined) await markEvicted(call, write);
  await deleteObject(core, { ...write, subresource: '' }, { ...options, preconditions });
  return jsonAnswer(201, createdStatus);
}
