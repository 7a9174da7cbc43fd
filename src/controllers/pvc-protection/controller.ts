import type { PersistentVolumeClaim } from '../../api/core/persistent-volume-claim.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import { persistentVolumeClaims, pods } from '../../api/resources.ts';
import { isStatus } from '../../api/status-error.ts';
import type { ApiClient } from '../../client/api-client.ts';
import { keyOf } from '../../client/informer.ts';
import { createWorkQueue } from '../../client/work-queue.ts';
import type { ControllerContext } from '../context.ts';
import { runController } from '../context.ts';
import { protectionFinalizers } from '../protection.ts';
import { claimIndex } from '../volume-claims.ts';

const finalizer = 'kubernetes.io/pvc-protection';

/** Keeps claims from vanishing while pods use them; runs until the context's signal is aborted. */
export async function startPvcProtectionController(context: ControllerContext): Promise<void> {
  const { client, informers } = context;
  const queue = createWorkQueue();
  const claims = informers.of(persistentVolumeClaims);
  const consumers = informers.indexed(pods, 'claim', claimIndex);
  const changed = (claim: PersistentVolumeClaim): void => queue.add(keyOf(claim));
  claims.addHandlers({ add: changed, update: changed });
  consumers.addHandlers({
    delete(pod) {
      for (const key of claimIndex(pod)) queue.add(key);
    },
  });
  await runController(context, {
    name: 'pvc-protection-controller',
    queue,
    needs: [claims, consumers],
    async reconcile(key) {
      const claim = claims.get(key);
      if (claim === undefined) return;
      const leaving = claim.metadata.deletionTimestamp !== undefined;
      const inUse = leaving && (consumers.byIndex('claim', key).some(hasNode) || (await isUsed(client, claim)));
      const finalizers = protectionFinalizers(claim.metadata, { finalizer, inUse });
      if (finalizers === undefined) return;
      try {
        await client.update(persistentVolumeClaims, { ...claim, metadata: { ...claim.metadata, finalizers } });
      } catch (error) {
        if (!isStatus(error, 'NotFound')) throw error;
      }
    },
  });
}

// A pod without a node has not mounted anything, and no kubelet starts one whose claim is being deleted.
function hasNode({ spec }: Pod): boolean {
  return (spec.nodeName ?? '') !== '';
}

/** Asks the server itself: the cache may not have a pod yet that has just been placed. */
async function isUsed(client: ApiClient, claim: PersistentVolumeClaim): Promise<boolean> {
  const { items } = await client.list(pods, { namespace: claim.metadata.namespace });
  return items.some((pod) => hasNode(pod) && claimIndex(pod).includes(keyOf(claim)));
}
