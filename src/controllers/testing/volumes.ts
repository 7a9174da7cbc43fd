import type { PersistentVolumeClaim } from '../../api/core/persistent-volume-claim.schema.ts';
import type { PersistentVolume } from '../../api/core/persistent-volume.schema.ts';
import type { StorageClass } from '../../api/storage/storage-class.schema.ts';

const created = '2026-01-01T00:00:00Z';

interface Change<T extends { readonly metadata: object; readonly spec: object; readonly status: object }> {
  readonly metadata?: Partial<T['metadata']>;
  readonly spec?: Partial<T['spec']>;
  readonly status?: T['status'];
}

/** A claim of 1Gi for tests, without a class. */
export function claim(name: string, change: Change<PersistentVolumeClaim> = {}): PersistentVolumeClaim {
  const uid = `00000000-0000-4000-8000-${Buffer.from(name).toString('hex').padStart(12, '0').slice(-12)}`;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace: 'default', uid, resourceVersion: '1', creationTimestamp: created, ...change.metadata },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
      storageClassName: '',
      ...change.spec,
    },
    status: change.status ?? { phase: 'Pending' },
  };
}

/** An available volume of 1Gi for tests, without a class. */
export function volume(name: string, change: Change<PersistentVolume> = {}): PersistentVolume {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name, uid: `uid-${name}`, resourceVersion: '1', creationTimestamp: created, ...change.metadata },
    spec: {
      accessModes: ['ReadWriteOnce'],
      capacity: { storage: '1Gi' },
      persistentVolumeReclaimPolicy: 'Retain',
      hostPath: { path: '/data' },
      ...change.spec,
    },
    status: change.status ?? { phase: 'Available' },
  };
}

/** A class for tests whose volumes are folders on this machine. */
export function storageClass(name: string, change: Partial<StorageClass> = {}): StorageClass {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name, uid: `uid-${name}`, resourceVersion: '1', creationTimestamp: created },
    provisioner: 'coxswain.dev/host-path',
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'Immediate',
    ...change,
  };
}
