import { defineKind } from '../kind.ts';
import { PersistentVolume } from './persistent-volume.schema.ts';

export const persistentVolumeKind = defineKind<PersistentVolume>({
  group: '',
  version: 'v1',
  kind: 'PersistentVolume',
  plural: 'persistentvolumes',
  shortNames: ['pv'],
  namespaced: false,
  schema: PersistentVolume,
  subresources: {
    status: true,
  },
});
