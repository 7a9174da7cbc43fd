import type { PersistentVolume } from '../../api/core/persistent-volume.schema.ts';
import { persistentVolumes } from '../../api/resources.ts';
import { isStatus } from '../../api/status-error.ts';
import { createWorkQueue } from '../../client/work-queue.ts';
import type { ControllerContext } from '../context.ts';
import { runController } from '../context.ts';
import { protectionFinalizers } from '../protection.ts';

const finalizer = 'kubernetes.io/pv-protection';

/** Keeps volumes from vanishing while they are bound; runs until the context's signal is aborted. */
export async function startPvProtectionController(context: ControllerContext): Promise<void> {
  const { client, informers } = context;
  const queue = createWorkQueue();
  const volumes = informers.of(persistentVolumes);
  const changed = ({ metadata }: PersistentVolume): void => queue.add(metadata.name);
  volumes.addHandlers({ add: changed, update: changed });
  await runController(context, {
    name: 'pv-protection-controller',
    queue,
    needs: [volumes],
    async reconcile(key) {
      const volume = volumes.get(key);
      if (volume === undefined) return;
      const inUse = volume.status.phase === 'Bound';
      const finalizers = protectionFinalizers(volume.metadata, { finalizer, inUse });
      if (finalizers === undefined) return;
      try {
        await client.update(persistentVolumes, { ...volume, metadata: { ...volume.metadata, finalizers } });
      } catch (error) {
        if (!isStatus(error, 'NotFound')) throw error;
      }
    },
  });
}
