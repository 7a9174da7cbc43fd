import type { Job } from '../../api/batch/job.schema.ts';
import { jobs } from '../../api/resources.ts';
import { isStatus } from '../../api/status-error.ts';
import { keyOf } from '../../client/informer.ts';
import { createWorkQueue } from '../../client/work-queue.ts';
import type { ControllerContext } from '../context.ts';
import { runController } from '../context.ts';
import { expiryOf } from './reconcile.ts';

/** Deletes Jobs some time after they are over, where they ask for it; runs until the context's signal is aborted. */
export async function startTtlAfterFinishedController(context: ControllerContext): Promise<void> {
  const { client, informers, now } = context;
  const queue = createWorkQueue();
  const cache = informers.of(jobs);
  const changed = (job: Job): void => {
    if (expiryOf(job) !== undefined) queue.add(keyOf(job));
  };
  cache.addHandlers({ add: changed, update: changed });
  await runController(context, {
    name: 'ttl-after-finished-controller',
    queue,
    needs: [cache],
    async reconcile(key) {
      const job = cache.get(key);
      const expiry = job === undefined ? undefined : expiryOf(job);
      if (job === undefined || expiry === undefined) return {};
      const left = expiry - now();
      if (left > 0) return { requeueAfter: left };
      const { name, namespace, uid, resourceVersion } = job.metadata;
      try {
        // The version, too: the time to live may have been raised this very moment.
        const preconditions = { uid, resourceVersion };
        await client.delete(jobs, { name, namespace }, { preconditions, propagationPolicy: 'Foreground' });
      } catch (error) {
        if (!isStatus(error, 'NotFound')) throw error;
      }
      return {};
    },
  });
}
