import { defineKind } from '../kind.ts';
import { PersistentVolumeClaim } from './persistent-volume-claim.schema.ts';

export const persistentVolumeClaimKind = defineKind<PersistentVolumeClaim>({
  group: '',
  version: 'v1',
  kind: 'PersistentVolumeClaim',
  plural: 'persistentvolumeclaims',
  shortNames: ['pvc'],
  namespaced: true,
  schema: PersistentVolumeClaim,
  subresources: {
    status: true,
  },
});
