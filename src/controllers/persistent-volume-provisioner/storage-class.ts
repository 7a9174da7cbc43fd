import type { StorageClass } from '../../api/storage/storage-class.schema.ts';
import type { Unsaved } from '../../api/object.ts';

/** Who makes volumes that are folders on this machine. */
export const hostPathProvisioner = 'coxswain.dev/host-path';

/** The class of claims that name none: folders on this machine, which go with their claims. */
export function bootstrapStorageClass(): Unsaved<StorageClass> {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    provisioner: hostPathProvisioner,
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'Immediate',
    allowVolumeExpansion: false,
  };
}
