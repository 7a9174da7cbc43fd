import { defineKind } from '../kind.ts';
import { StorageClass } from './storage-class.schema.ts';

export const storageClassKind = defineKind<StorageClass>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'StorageClass',
  plural: 'storageclasses',
  shortNames: ['sc'],
  namespaced: false,
  schema: StorageClass,
});
