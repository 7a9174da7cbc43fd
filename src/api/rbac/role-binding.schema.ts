import { RoleRef, Subject } from './shared.schema.ts';
import { namespacedObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { list, optional, required } from '../schema.ts';

export const RoleBinding = namespacedObject('io.k8s.api.rbac.v1.RoleBinding', {
  subjects: optional(2, list(Subject)),
  roleRef: required(3, RoleRef),
});
export interface RoleBinding extends Infer<typeof RoleBinding> {}
