import { defineKind } from '../kind.ts';
import { VolumeAttributesClass } from './volume-attributes-class.schema.ts';

export const volumeAttributesClassKind = defineKind<VolumeAttributesClass>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttributesClass',
  plural: 'volumeattributesclasses',
  shortNames: ['vac'],
  namespaced: false,
  schema: VolumeAttributesClass,
});
