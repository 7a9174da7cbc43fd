import { defineKind } from '../kind.ts';
import { ConfigMap } from './config-map.schema.ts';

export const configMapKind = defineKind<ConfigMap>({
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  shortNames: ['cm'],
  namespaced: true,
  schema: ConfigMap,
});
