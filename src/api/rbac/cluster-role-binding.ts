import { defineKind } from '../kind.ts';
import { ClusterRoleBinding } from './cluster-role-binding.schema.ts';

export const clusterRoleBindingKind = defineKind<ClusterRoleBinding>({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'ClusterRoleBinding',
  plural: 'clusterrolebindings',
  namespaced: false,
  schema: ClusterRoleBinding,
  nameRule: 'path-segment',
});
