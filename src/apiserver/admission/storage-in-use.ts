import type { AdmissionPlugin } from './types.ts';

const finalizers: Readonly<Record<string, string>> = {
  persistentvolumeclaims: 'kubernetes.io/pvc-protection',
  persistentvolumes: 'kubernetes.io/pv-protection',
};

/** Volumes and claims carry a finalizer, so that none vanishes while it is used. */
export const storageObjectInUseProtection: AdmissionPlugin = {
  name: 'StorageObjectInUseProtection',
  mutate({ verb, kind, subresource, object }) {
    const finalizer = kind.group === '' ? finalizers[kind.plural] : undefined;
    const { finalizers: present = [] } = object.metadata;
    if (verb !== 'create' || subresource !== '' || finalizer === undefined || present.includes(finalizer))
      return object;
    return { ...object, metadata: { ...object.metadata, finalizers: [...present, finalizer] } };
  },
};
