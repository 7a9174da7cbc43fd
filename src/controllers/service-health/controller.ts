import { keyOf } from '../../client/informer.ts';
import type { ReconcileResult } from '../../client/work-queue.ts';
import { createWorkQueue } from '../../client/work-queue.ts';
import type { ControllerContext } from '../context.ts';
import { runController } from '../context.ts';
import { hasSelector, servicePods, watchServicePods } from '../service-pods.ts';
import type { Noted } from './reconcile.ts';
import { diagnose, reconcile } from './reconcile.ts';

/** A burst of pod events is one look. */
const settleMs = 500;

/** Says by an Event why a Service has no endpoints, once that has lasted; runs until the context's signal is aborted. */
export async function startServiceHealth(context: ControllerContext): Promise<void> {
  const queue = createWorkQueue();
  const caches = servicePods(context.informers);
  const noted = new Map<string, Noted>();
  watchServicePods({ add: (key) => queue.addAfter(key, settleMs) }, caches);
  caches.services.addHandlers({ delete: (service) => noted.delete(keyOf(service)) });
  await runController(context, {
    name: 'service-health-controller',
    queue,
    needs: [caches.services, caches.pods],
    workers: 1,
    async reconcile(key): Promise<ReconcileResult> {
      const service = caches.services.get(key);
      if (service === undefined || !hasSelector(service)) {
        noted.delete(key);
        return {};
      }
      const pods = caches.pods.byIndex('namespace', service.metadata.namespace);
      const plan = reconcile(diagnose(service, pods), noted.get(key), context.now());
      if (plan.noted === undefined) noted.delete(key);
      else noted.set(key, plan.noted);
      if (plan.event !== undefined) context.record('service-controller', service, plan.event);
      return plan.requeueAfter === undefined ? {} : { requeueAfter: plan.requeueAfter };
    },
  });
}
