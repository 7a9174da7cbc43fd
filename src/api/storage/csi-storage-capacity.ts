import { defineKind } from '../kind.ts';
import { CSIStorageCapacity } from './csi-storage-capacity.schema.ts';

export const csiStorageCapacityKind = defineKind<CSIStorageCapacity>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIStorageCapacity',
  plural: 'csistoragecapacities',
  namespaced: true,
  schema: CSIStorageCapacity,
});
