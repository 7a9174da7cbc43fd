import type { PersistentVolumeClaim } from '../../api/core/persistent-volume-claim.schema.ts';
import type { PersistentVolume } from '../../api/core/persistent-volume.schema.ts';
import { persistentVolumeClaims, persistentVolumes, storageClasses } from '../../api/resources.ts';
import { isStatus } from '../../api/status-error.ts';
import { keyOf } from '../../client/informer.ts';
import { createWorkQueue } from '../../client/work-queue.ts';
import type { ControllerContext } from '../context.ts';
import { runController } from '../context.ts';
import { errorMessage } from '../error-message.ts';
import { className } from '../volume-claims.ts';
import type { VolumeFolders } from './folders.ts';
import { reconcileClaim, reconcileVolume, volumeFinalizer } from './reconcile.ts';
import { hostPathProvisioner } from './storage-class.ts';

export interface ProvisionerOptions {
  /** The folder in which each volume gets one of its own: an absolute path. */
  readonly directory: string;
  readonly folders: VolumeFolders;
}

/** Makes and removes volumes that are folders on this machine; runs until the context's signal is aborted. */
export async function startPersistentVolumeProvisioner(
  context: ControllerContext,
  options: ProvisionerOptions,
): Promise<void> {
  const { informers } = context;
  const claims = informers.of(persistentVolumeClaims);
  const volumes = informers.of(persistentVolumes);
  const classes = informers.of(storageClasses);
  const claimQueue = createWorkQueue();
  const volumeQueue = createWorkQueue();
  const claimChanged = (claim: PersistentVolumeClaim): void => claimQueue.add(keyOf(claim));
  claims.addHandlers({ add: claimChanged, update: claimChanged });
  const volumeChanged = ({ metadata }: PersistentVolume): void => volumeQueue.add(metadata.name);
  volumes.addHandlers({ add: volumeChanged, update: volumeChanged });
  const common = { name: 'persistent-volume-provisioner', needs: [claims, volumes, classes] };
  await Promise.all([
    runController(context, {
      ...common,
      queue: claimQueue,
      async reconcile(key) {
        const claim = claims.get(key);
        if (claim === undefined || volumes.get(`pvc-${claim.metadata.uid}`) !== undefined) return;
        await provision(context, claim, { ...options, storageClass: classes.get(className(claim)) });
      },
    }),
    runController(context, {
      ...common,
      queue: volumeQueue,
      async reconcile(key) {
        const volume = volumes.get(key);
        if (volume !== undefined) await reclaim(context, volume, options);
      },
    }),
  ]);
}

async function provision(
  context: ControllerContext,
  claim: PersistentVolumeClaim,
  {
    directory,
    folders,
    storageClass,
  }: ProvisionerOptions & { readonly storageClass: Parameters<typeof reconcileClaim>[1] },
): Promise<void> {
  const plan = reconcileClaim(claim, storageClass, directory);
  if (plan.type === 'none') return;
  const fail = (text: string): void => {
    const message = `failed to provision volume with StorageClass ${JSON.stringify(className(claim))}: ${text}`;
    context.record(hostPathProvisioner, claim, { type: 'Warning', reason: 'ProvisioningFailed', message });
  };
  if (plan.type === 'refuse') {
    fail(plan.message);
    return;
  }
  const started = `External provisioner is provisioning volume for claim ${JSON.stringify(keyOf(claim))}`;
  context.record(hostPathProvisioner, claim, { type: 'Normal', reason: 'Provisioning', message: started });
  try {
    await folders.create(plan.path);
    await context.client.create(persistentVolumes, plan.volume);
  } catch (error) {
    // Made by an attempt before this one, which the cache has not shown yet.
    if (isStatus(error, 'AlreadyExists')) return;
    fail(errorMessage(error));
    throw error;
  }
  const message = `Successfully provisioned volume ${plan.volume.metadata.name}`;
  context.record(hostPathProvisioner, claim, { type: 'Normal', reason: 'ProvisioningSucceeded', message });
}

async function reclaim(
  { client, record }: ControllerContext,
  volume: PersistentVolume,
  { directory, folders }: ProvisionerOptions,
): Promise<void> {
  const plan = reconcileVolume(volume, directory);
  const { name, uid } = volume.metadata;
  const setFinalizers = (finalizers: readonly string[], resourceVersion: string): Promise<unknown> =>
    client.patch(persistentVolumes, { name }, 'merge', { metadata: { uid, resourceVersion, finalizers } });
  const fail = (message: string): void =>
    record(hostPathProvisioner, volume, { type: 'Warning', reason: 'VolumeFailedDelete', message });
  try {
    if (plan.type === 'refuse') fail(plan.message);
    if (plan.type === 'finalizers') await setFinalizers(plan.finalizers, volume.metadata.resourceVersion);
    if (plan.type !== 'delete') return;
    try {
      await folders.remove(plan.path);
    } catch (error) {
      fail(errorMessage(error));
      throw error;
    }
    await client.delete(persistentVolumes, { name }, { preconditions: { uid } });
    const latest = await client.get(persistentVolumes, { name });
    const { finalizers = [], resourceVersion } = latest.metadata;
    if (latest.metadata.uid !== uid || !finalizers.includes(volumeFinalizer)) return;
    await setFinalizers(
      finalizers.filter((finalizer) => finalizer !== volumeFinalizer),
      resourceVersion,
    );
  } catch (error) {
    if (!isStatus(error, 'NotFound')) throw error;
  }
}
