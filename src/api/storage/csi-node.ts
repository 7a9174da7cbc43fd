import { defineKind } from '../kind.ts';
import { CSINode } from './csi-node.schema.ts';

export const csiNodeKind = defineKind<CSINode>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSINode',
  plural: 'csinodes',
  namespaced: false,
  schema: CSINode,
});
