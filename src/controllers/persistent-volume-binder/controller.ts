import type { PersistentVolumeClaim } from '../../api/core/persistent-volume-claim.schema.ts';
import type { PersistentVolume } from '../../api/core/persistent-volume.schema.ts';
import { nodes, persistentVolumeClaims, persistentVolumes, pods, storageClasses } from '../../api/resources.ts';
import { isStatus } from '../../api/status-error.ts';
import { keyOf } from '../../client/informer.ts';
import { createWorkQueue } from '../../client/work-queue.ts';
import type { ControllerContext } from '../context.ts';
import { runController } from '../context.ts';
import { bindCompletedAnnotation, claimIndex } from '../volume-claims.ts';
import { applyClaimPlan, applyVolumePlan } from './apply.ts';
import { reconcileClaim } from './claim.ts';
import { reconcileVolume } from './volume.ts';

/** Brings claims and volumes together; runs until the context's signal is aborted. */
export async function startPersistentVolumeBinder(context: ControllerContext): Promise<void> {
  const { informers } = context;
  const claimQueue = createWorkQueue();
  const volumeQueue = createWorkQueue();
  const claims = informers.of(persistentVolumeClaims);
  const volumes = informers.of(persistentVolumes);
  const classes = informers.of(storageClasses);
  const consumers = informers.indexed(pods, 'claim', claimIndex);
  const allNodes = informers.of(nodes);
  const isOpen = (claim: PersistentVolumeClaim): boolean =>
    claim.metadata.annotations?.[bindCompletedAnnotation] === undefined;
  const everyOpenClaim = (): void => {
    for (const claim of claims.list()) if (isOpen(claim)) claimQueue.add(keyOf(claim));
  };
  const claimOf = ({ spec }: PersistentVolume): string | undefined =>
    spec.claimRef?.name === undefined ? undefined : `${spec.claimRef.namespace ?? ''}/${spec.claimRef.name}`;
  const claimChanged = (claim: PersistentVolumeClaim): void => {
    claimQueue.add(keyOf(claim));
    const { volumeName = '' } = claim.spec;
    if (volumeName !== '') volumeQueue.add(volumeName);
  };
  claims.addHandlers({
    add: claimChanged,
    update: claimChanged,
    delete(claim) {
      const key = keyOf(claim);
      for (const volume of volumes.list()) if (claimOf(volume) === key) volumeQueue.add(volume.metadata.name);
    },
  });
  const volumeChanged = (volume: PersistentVolume): void => {
    volumeQueue.add(volume.metadata.name);
    const key = claimOf(volume);
    if (key !== undefined) claimQueue.add(key);
    else if (volume.status.phase === 'Available') everyOpenClaim();
  };
  volumes.addHandlers({
    add: volumeChanged,
    update: volumeChanged,
    delete(volume) {
      const key = claimOf(volume);
      if (key !== undefined) claimQueue.add(key);
    },
  });
  classes.addHandlers({ add: everyOpenClaim, update: everyOpenClaim });
  // One at a time: two claims that want the same volume would only get in each other's way.
  const common = { needs: [claims, volumes, classes, consumers, allNodes], workers: 1 };
  const name = 'persistent-volume-binder';
  await Promise.all([
    runController(context, {
      ...common,
      name,
      queue: claimQueue,
      async reconcile(key) {
        const claim = claims.get(key);
        if (claim === undefined) return;
        const waiting = consumers.byIndex('claim', key).filter(({ spec }) => (spec.nodeName ?? '') === '');
        const plan = reconcileClaim({
          claim,
          volumes: volumes.list(),
          storageClasses: classes.list(),
          node: (node) => allNodes.get(node),
          waitingPods: waiting.map(({ metadata }) => metadata.name).toSorted(),
        });
        await unlessGone(applyClaimPlan(context, claim, plan));
      },
    }),
    runController(context, {
      ...common,
      name,
      queue: volumeQueue,
      async reconcile(key) {
        const volume = volumes.get(key);
        if (volume === undefined) return;
        const named = claimOf(volume);
        const plan = reconcileVolume(volume, named === undefined ? undefined : claims.get(named));
        if (plan.type === 'leave-to-claim' && named !== undefined) claimQueue.add(named);
        await unlessGone(applyVolumePlan(context, volume, plan));
      },
    }),
  ]);
}

async function unlessGone(write: Promise<void>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!isStatus(error, 'NotFound')) throw error;
  }
}
