import { defineKind } from '../kind.ts';
import { bindingColumns, defaultBinding, validateBinding, validateBindingUpdate } from './binding.ts';
import { ClusterRoleBinding } from './cluster-role-binding.schema.ts';

export const clusterRoleBindingKind = defineKind<ClusterRoleBinding>({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'ClusterRoleBinding',
  plural: 'clusterrolebindings',
  namespaced: false,
  schema: ClusterRoleBinding,
  nameRule: 'path-segment',
  defaults: defaultBinding,
  validate: (binding) => validateBinding(binding, false, ['ClusterRole']),
  validateUpdate: validateBindingUpdate,
  columns: bindingColumns,
});
