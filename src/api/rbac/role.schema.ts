import { PolicyRule } from './shared.schema.ts';
import { namespacedObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { list, optional } from '../schema.ts';

export const Role = namespacedObject('io.k8s.api.rbac.v1.Role', {
  rules: optional(2, list(PolicyRule)),
});
export interface Role extends Infer<typeof Role> {}
