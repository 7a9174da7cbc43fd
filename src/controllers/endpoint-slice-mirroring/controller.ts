import type { EndpointSlice } from '../../api/discovery/endpoint-slice.schema.ts';
import { endpoints, endpointSlices, services } from '../../api/resources.ts';
import { keyOf } from '../../client/informer.ts';
import { createWorkQueue } from '../../client/work-queue.ts';
import type { ControllerContext } from '../context.ts';
import { runController } from '../context.ts';
import { applySlices } from '../endpoint-slice/apply.ts';
import { serviceIndex } from '../endpoint-slice/controller.ts';
import { managedByLabel, serviceNameLabel } from '../endpoint-slice/reconcile.ts';
import { patienceMs, WriteTracker } from '../endpoint-slice/write-tracker.ts';
import { mirrorManagerName, reconcile } from './reconcile.ts';

/** Mirrors hand-made Endpoints of Services without selector; runs until the context's signal is aborted. */
export async function startEndpointSliceMirroringController(context: ControllerContext): Promise<void> {
  const { informers } = context;
  const queue = createWorkQueue();
  const writes = new WriteTracker(context.now);
  const slices = informers.indexed(endpointSlices, 'service', serviceIndex);
  const caches = { services: informers.of(services), endpoints: informers.of(endpoints), slices };
  const changed = (object: { readonly metadata: { readonly name: string; readonly namespace: string } }): void =>
    queue.add(keyOf(object));
  caches.services.addHandlers({ add: changed, update: changed, delete: changed });
  caches.endpoints.addHandlers({ add: changed, update: changed, delete: changed });
  const sliceChanged = (slice: EndpointSlice): void => {
    writes.saw(slice);
    const { metadata } = slice;
    const service = metadata.labels?.[serviceNameLabel];
    if (service === undefined || metadata.labels?.[managedByLabel] !== mirrorManagerName) return;
    queue.add(`${metadata.namespace}/${service}`);
  };
  slices.addHandlers({ add: sliceChanged, update: sliceChanged, delete: sliceChanged });
  await runController(context, {
    name: 'endpointslicemirroring-controller',
    queue,
    needs: [caches.services, caches.endpoints, slices],
    async reconcile(key) {
      // The event that brings the cache up to date comes here again.
      if (writes.isBehind(key, (name) => slices.get(name))) return { requeueAfter: patienceMs };
      const plan = reconcile({
        service: caches.services.get(key),
        endpoints: caches.endpoints.get(key),
        slices: slices.byIndex('service', `${mirrorManagerName} ${key}`),
      });
      await applySlices(context.client, plan, { owner: key, writes });
      return {};
    },
  });
}
