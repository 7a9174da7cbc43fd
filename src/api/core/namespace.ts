import { defineKind } from '../kind.ts';
import { Namespace } from './namespace.schema.ts';

export const namespaceKind = defineKind<Namespace>({
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  shortNames: ['ns'],
  namespaced: false,
  schema: Namespace,
  subresources: {
    status: true,
    finalize: { verbs: ['update'] },
  },
});
