import { ipAddresses, serviceCidrs } from '../../api/resources.ts';
import { isStatus } from '../../api/status-error.ts';
import type { ReconcileResult } from '../../client/work-queue.ts';
import { createWorkQueue } from '../../client/work-queue.ts';
import type { ControllerContext } from '../context.ts';
import { runController } from '../context.ts';
import { reconcile } from './reconcile.ts';

/** How soon to look again when the cache has not shown yet what is there. */
const cacheDelayMs = 10;

/** Keeps ServiceCIDRs as long as they are in use; runs until the context's signal is aborted. */
export async function startServiceCidrsController(context: ControllerContext): Promise<void> {
  const { client, informers, now } = context;
  const queue = createWorkQueue();
  const ranges = informers.of(serviceCidrs);
  const addresses = informers.of(ipAddresses);
  const isLeaving = (): void => {
    for (const { metadata } of ranges.list()) if (metadata.deletionTimestamp !== undefined) queue.add(metadata.name);
  };
  const changed = ({ metadata }: { readonly metadata: { readonly name: string } }): void => {
    queue.add(metadata.name);
    isLeaving();
  };
  ranges.addHandlers({ add: changed, update: changed, delete: isLeaving });
  addresses.addHandlers({ delete: isLeaving });
  await runController(context, {
    name: 'service-cidr-controller',
    queue,
    needs: [ranges, addresses],
    workers: 1,
    async reconcile(key): Promise<ReconcileResult> {
      const range = ranges.get(key);
      if (range === undefined) return {};
      const others = ranges.list().filter(({ metadata }) => metadata.name !== key);
      const plan = reconcile({ range, others, addresses: addresses.list(), now: now() });
      try {
        const written = plan.update === undefined ? range : await client.update(serviceCidrs, plan.update);
        if (plan.status !== undefined) {
          const { resourceVersion } = written.metadata;
          await client.updateStatus(serviceCidrs, {
            ...plan.status,
            metadata: { ...plan.status.metadata, resourceVersion },
          });
        }
      } catch (error) {
        if (isStatus(error, 'Conflict')) return { requeueAfter: cacheDelayMs };
        if (!isStatus(error, 'NotFound')) throw error;
      }
      return plan.requeueAfter === undefined ? {} : { requeueAfter: plan.requeueAfter };
    },
  });
}
