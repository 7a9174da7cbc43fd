import { defineKind } from '../kind.ts';
import { Binding } from './binding.schema.ts';

/** Never stored: creating one puts a pod on a node. */
export const bindingKind = defineKind<Binding>({
  group: '',
  version: 'v1',
  kind: 'Binding',
  plural: 'bindings',
  namespaced: true,
  verbs: ['create'],
  schema: Binding,
});
