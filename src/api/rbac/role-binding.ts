import { defineKind } from '../kind.ts';
import { bindingColumns, defaultBinding, validateBinding, validateBindingUpdate } from './binding.ts';
import { RoleBinding } from './role-binding.schema.ts';

export const roleBindingKind = defineKind<RoleBinding>({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'RoleBinding',
  plural: 'rolebindings',
  namespaced: true,
  schema: RoleBinding,
  nameRule: 'path-segment',
  defaults: defaultBinding,
  validate: (binding) => validateBinding(binding, true, ['Role', 'ClusterRole']),
  validateUpdate: validateBindingUpdate,
  columns: bindingColumns,
});
