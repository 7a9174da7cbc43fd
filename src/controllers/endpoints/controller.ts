import type { Endpoints } from '../../api/core/endpoints.schema.ts';
import { endpoints } from '../../api/resources.ts';
import { isStatus } from '../../api/status-error.ts';
import type { Informer } from '../../client/informer.ts';
import { keyOf } from '../../client/informer.ts';
import type { ReconcileResult, WorkQueue } from '../../client/work-queue.ts';
import { createWorkQueue } from '../../client/work-queue.ts';
import type { ControllerContext } from '../context.ts';
import { runController, splitKey } from '../context.ts';
import { TriggerTimes } from '../endpoint-slice/trigger-times.ts';
import { isNamespaceTerminating } from '../pod-writer.ts';
import type { ServicePods } from '../service-pods.ts';
import { hasSelector, podsOf, servicePods, watchServicePods } from '../service-pods.ts';
import { reconcile } from './reconcile.ts';

interface Parts extends ServicePods {
  readonly context: ControllerContext;
  readonly endpoints: Informer<Endpoints>;
  readonly triggers: TriggerTimes;
}

/** Keeps the Endpoints object of every Service with a selector; runs until the context's signal is aborted. */
export async function startEndpointsController(context: ControllerContext): Promise<void> {
  const queue = createWorkQueue();
  const parts: Parts = {
    ...servicePods(context.informers),
    context,
    endpoints: context.informers.of(endpoints),
    triggers: new TriggerTimes(),
  };
  watchServicePods(queue, parts);
  parts.services.addHandlers({ delete: (service) => parts.triggers.forget(keyOf(service)) });
  // An object without a Service is somebody else's.
  const changed = (object: Endpoints): void => {
    if (parts.services.get(keyOf(object)) !== undefined) queue.add(keyOf(object));
  };
  parts.endpoints.addHandlers({ update: changed, delete: changed });
  void parts.endpoints.synced.then(
    () => addLeftovers(queue, parts.endpoints.list()),
    // An informer gives up only when it is told to stop.
    () => undefined,
  );
  await runController(context, {
    name: 'endpoints-controller',
    queue,
    needs: [parts.services, parts.pods, parts.endpoints],
    reconcile: (key) => sync(parts, key),
  });
}

const leaderAnnotation = 'control-plane.alpha.kubernetes.io/leader';

/** Queues all that is there at the start, to find those whose Service went unseen; a leader's lock never had one. */
function addLeftovers(queue: Pick<WorkQueue, 'add'>, existing: readonly Endpoints[]): void {
  for (const object of existing) {
    if (object.metadata.annotations?.[leaderAnnotation] === undefined) queue.add(keyOf(object));
  }
}

/** How soon to look again when the cache has not shown yet what is there. */
const cacheDelayMs = 10;

async function sync(parts: Parts, key: string): Promise<ReconcileResult> {
  const { client } = parts.context;
  const service = parts.services.get(key);
  if (service === undefined) return remove(parts, key);
  if (!hasSelector(service) || service.metadata.deletionTimestamp !== undefined) return {};
  const pods = podsOf(service, parts);
  const current = parts.endpoints.get(key);
  const plan = reconcile({ service, pods, current, triggerTime: parts.triggers.next(service, pods) });
  try {
    if (plan.type === 'create') await client.create(endpoints, plan.endpoints);
    if (plan.type === 'update') await client.update(endpoints, plan.endpoints);
  } catch (error) {
    if (isStatus(error, 'AlreadyExists', 'Conflict', 'NotFound')) return { requeueAfter: cacheDelayMs };
    // A namespace on its way out takes no new objects, and needs none.
    if (!isNamespaceTerminating(error)) throw error;
  }
  return {};
}

async function remove(parts: Parts, key: string): Promise<ReconcileResult> {
  const { name, namespace } = splitKey(key);
  if (parts.endpoints.get(key) === undefined) return {};
  try {
    await parts.context.client.delete(endpoints, { name, namespace });
  } catch (error) {
    if (!isStatus(error, 'NotFound')) throw error;
  }
  return {};
}
