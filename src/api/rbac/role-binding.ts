import { defineKind } from '../kind.ts';
import { RoleBinding } from './role-binding.schema.ts';

export const roleBindingKind = defineKind<RoleBinding>({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'RoleBinding',
  plural: 'rolebindings',
  namespaced: true,
  schema: RoleBinding,
  nameRule: 'path-segment',
});
