import { defineKind } from '../kind.ts';
import { RuntimeClass } from './runtime-class.schema.ts';

export const runtimeClassKind = defineKind<RuntimeClass>({
  group: 'node.k8s.io',
  version: 'v1',
  kind: 'RuntimeClass',
  plural: 'runtimeclasses',
  namespaced: false,
  schema: RuntimeClass,
});
