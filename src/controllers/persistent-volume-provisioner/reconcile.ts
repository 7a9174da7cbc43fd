import type { PersistentVolumeClaim } from '../../api/core/persistent-volume-claim.schema.ts';
import type { PersistentVolume } from '../../api/core/persistent-volume.schema.ts';
import type { Unsaved } from '../../api/object.ts';
import type { StorageClass } from '../../api/storage/storage-class.schema.ts';
import {
  bindCompletedAnnotation,
  className,
  oldProvisionerAnnotation,
  provisionedByAnnotation,
  provisionerAnnotation,
  selectedNodeAnnotation,
} from '../volume-claims.ts';
import { volumeFolder } from './folders.ts';
import { hostPathProvisioner } from './storage-class.ts';

/** Keeps a volume until its folder is gone, by whatever name it was deleted; the name is that of upstream's library. */
export const volumeFinalizer = 'external-provisioner.volume.kubernetes.io/finalizer';

export type ProvisionPlan =
  | { readonly type: 'none' }
  | { readonly type: 'refuse'; readonly message: string }
  | { readonly type: 'create'; readonly path: string; readonly volume: Unsaved<PersistentVolume> };

/** The folder and volume to make for a claim under `directory`, if it is for this provisioner to make one. */
export function reconcileClaim(
  claim: PersistentVolumeClaim,
  storageClass: StorageClass | undefined,
  directory: string,
): ProvisionPlan {
  const { annotations = {}, namespace, name, uid, deletionTimestamp } = claim.metadata;
  const asked = annotations[provisionerAnnotation] ?? annotations[oldProvisionerAnnotation];
  const bound = (claim.spec.volumeName ?? '') !== '' || annotations[bindCompletedAnnotation] !== undefined;
  if (asked !== hostPathProvisioner || bound || deletionTimestamp !== undefined) return { type: 'none' };
  if (storageClass?.provisioner !== hostPathProvisioner) return { type: 'none' };
  const waits = storageClass.volumeBindingMode === 'WaitForFirstConsumer';
  if (waits && annotations[selectedNodeAnnotation] === undefined) return { type: 'none' };
  if (claim.spec.selector !== undefined) return { type: 'refuse', message: 'claim Selector is not supported' };
  if (claim.spec.volumeMode === 'Block') {
    return { type: 'refuse', message: `${hostPathProvisioner} does not support block volume provisioning` };
  }
  const volumeName = `pvc-${uid}`;
  const path = volumeFolder(directory, volumeName);
  const { reclaimPolicy = 'Delete', mountOptions } = storageClass;
  const storage = claim.spec.resources.requests?.['storage'];
  return {
    type: 'create',
    path,
    volume: {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: {
        name: volumeName,
        annotations: { [provisionedByAnnotation]: hostPathProvisioner },
        ...(reclaimPolicy === 'Delete' ? { finalizers: [volumeFinalizer] } : {}),
      },
      spec: {
        accessModes: claim.spec.accessModes,
        ...(storage === undefined ? {} : { capacity: { storage } }),
        claimRef: { kind: 'PersistentVolumeClaim', apiVersion: 'v1', namespace, name, uid },
        persistentVolumeReclaimPolicy: reclaimPolicy,
        storageClassName: className(claim),
        volumeMode: 'Filesystem',
        ...(mountOptions === undefined ? {} : { mountOptions }),
        hostPath: { path, type: 'DirectoryOrCreate' },
      },
      status: {},
    },
  };
}

export type ReclaimPlan =
  | { readonly type: 'none' }
  | { readonly type: 'refuse'; readonly message: string }
  /** Write these finalizers. */
  | { readonly type: 'finalizers'; readonly finalizers: readonly string[] }
  /** Remove the folder, then the volume. */
  | { readonly type: 'delete'; readonly path: string };

/** What becomes of a volume that this provisioner has made under `directory`. */
export function reconcileVolume(volume: PersistentVolume, directory: string): ReclaimPlan {
  const { annotations = {}, name, finalizers = [], deletionTimestamp } = volume.metadata;
  if (annotations[provisionedByAnnotation] !== hostPathProvisioner) return { type: 'none' };
  const held = finalizers.includes(volumeFinalizer);
  const deletes = volume.spec.persistentVolumeReclaimPolicy === 'Delete';
  if (deletes && volume.status.phase === 'Released') {
    if (deletionTimestamp !== undefined && !held) return { type: 'none' };
    return deletion(volume, name, directory);
  }
  if (deletes && !held && deletionTimestamp === undefined) {
    return { type: 'finalizers', finalizers: [...finalizers, volumeFinalizer] };
  }
  if (!deletes && held) {
    return { type: 'finalizers', finalizers: finalizers.filter((finalizer) => finalizer !== volumeFinalizer) };
  }
  return { type: 'none' };
}

// Annotations and paths can be written by whoever may write volumes: only what was made here is removed here.
function deletion(volume: PersistentVolume, name: string, directory: string): ReclaimPlan {
  let path: string;
  try {
    path = volumeFolder(directory, name);
  } catch (error) {
    if (error instanceof RangeError) return { type: 'refuse', message: error.message };
    throw error;
  }
  const actual = volume.spec.hostPath?.path ?? '';
  if (actual === path) return { type: 'delete', path };
  return { type: 'refuse', message: `${JSON.stringify(actual)} is not the folder of this volume, which is ${path}` };
}
