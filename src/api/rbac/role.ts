import { defineKind } from '../kind.ts';
import { validateRules } from './policy-rule.ts';
import { Role } from './role.schema.ts';

export const roleKind = defineKind<Role>({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'Role',
  plural: 'roles',
  namespaced: true,
  schema: Role,
  nameRule: 'path-segment',
  validate: ({ rules }) => validateRules(rules, true),
});
