import { RoleRef, Subject } from './shared.schema.ts';
import { clusterObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { list, optional, required } from '../schema.ts';

export const ClusterRoleBinding = clusterObject('io.k8s.api.rbac.v1.ClusterRoleBinding', {
  subjects: optional(2, list(Subject)),
  roleRef: required(3, RoleRef),
});
export interface ClusterRoleBinding extends Infer<typeof ClusterRoleBinding> {}
