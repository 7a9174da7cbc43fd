import type { Node } from '../../api/core/node.schema.ts';
import type { EndpointSlice } from '../../api/discovery/endpoint-slice.schema.ts';
import { endpointSlices, nodes } from '../../api/resources.ts';
import type { Informer } from '../../client/informer.ts';
import { keyOf } from '../../client/informer.ts';
import type { ReconcileResult, WorkQueue } from '../../client/work-queue.ts';
import { createWorkQueue } from '../../client/work-queue.ts';
import type { ControllerContext } from '../context.ts';
import { runController } from '../context.ts';
import type { ServicePods } from '../service-pods.ts';
import { hasSelector, podsOf, servicePods, watchServicePods } from '../service-pods.ts';
import { applySlices } from './apply.ts';
import { managedByLabel, managerName, reconcile, serviceNameLabel } from './reconcile.ts';
import { TriggerTimes } from './trigger-times.ts';
import { patienceMs, WriteTracker } from './write-tracker.ts';

interface Parts extends ServicePods {
  readonly context: ControllerContext;
  readonly queue: WorkQueue;
  readonly slices: Informer<EndpointSlice>;
  readonly nodes: Informer<Node>;
  readonly triggers: TriggerTimes;
  readonly writes: WriteTracker;
}

/** Keeps the EndpointSlices of every Service with a selector; runs until the context's signal is aborted. */
export async function startEndpointSliceController(context: ControllerContext): Promise<void> {
  const parts: Parts = {
    ...servicePods(context.informers),
    context,
    queue: createWorkQueue(),
    slices: context.informers.indexed(endpointSlices, 'service', serviceIndex),
    nodes: context.informers.of(nodes),
    triggers: new TriggerTimes(),
    writes: new WriteTracker(context.now),
  };
  listen(parts);
  await runController(context, {
    name: 'endpointslice-controller',
    queue: parts.queue,
    needs: [parts.services, parts.pods, parts.slices, parts.nodes],
    reconcile: (key) => sync(parts, key),
  });
}

/** Index values: the Service that a slice is for, with the manager in front. */
export function serviceIndex({ metadata }: EndpointSlice): readonly string[] {
  const service = metadata.labels?.[serviceNameLabel];
  const manager = metadata.labels?.[managedByLabel] ?? '';
  return service === undefined ? [] : [`${manager} ${metadata.namespace}/${service}`];
}

function listen(parts: Parts): void {
  const { queue, slices, nodes: nodeInformer, services, writes, triggers } = parts;
  watchServicePods(queue, parts);
  services.addHandlers({
    delete(service) {
      writes.forget(keyOf(service));
      triggers.forget(keyOf(service));
    },
  });
  const sliceChanged = (slice: EndpointSlice): void => {
    writes.saw(slice);
    const service = slice.metadata.labels?.[serviceNameLabel];
    if (slice.metadata.labels?.[managedByLabel] !== managerName || service === undefined) return;
    const key = `${slice.metadata.namespace}/${service}`;
    const own = writes.isOwn(key, slice);
    const behind = writes.isBehind(key, (name) => slices.get(name));
    // The echo of an own write matters only to a plan that waits for it.
    if (!own || (!behind && writes.endWait(key))) queue.add(key);
  };
  slices.addHandlers({
    add: sliceChanged,
    update(slice, old) {
      if (serviceIndex(old)[0] !== serviceIndex(slice)[0]) sliceChanged(old);
      sliceChanged(slice);
    },
    delete: sliceChanged,
  });
  const zoneOf = (node: Node): string | undefined => node.metadata.labels?.['topology.kubernetes.io/zone'];
  const everyService = (): void => {
    for (const service of services.list()) if (hasSelector(service)) queue.add(keyOf(service));
  };
  nodeInformer.addHandlers({
    add: everyService,
    update: (node, old) => (zoneOf(node) === zoneOf(old) ? undefined : everyService()),
    delete: everyService,
  });
}

async function sync(parts: Parts, key: string): Promise<ReconcileResult> {
  const { context, writes, triggers, slices } = parts;
  const service = parts.services.get(key);
  if (service === undefined || !hasSelector(service) || service.metadata.deletionTimestamp !== undefined) return {};
  if (writes.isBehind(key, (name) => slices.get(name))) {
    writes.wait(key);
    return { requeueAfter: patienceMs };
  }
  const pods = podsOf(service, parts);
  const plan = reconcile({
    service,
    pods,
    slices: slices.byIndex('service', `${managerName} ${key}`).filter(isLive),
    node: (name) => parts.nodes.get(name),
    triggerTime: triggers.next(service, pods),
  });
  await applySlices(context.client, plan, { owner: key, writes });
  return {};
}

function isLive({ metadata }: EndpointSlice): boolean {
  return metadata.deletionTimestamp === undefined;
}
