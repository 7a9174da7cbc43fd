import { defineKind } from '../kind.ts';
import { ClusterRole } from './cluster-role.schema.ts';

export const clusterRoleKind = defineKind<ClusterRole>({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'ClusterRole',
  plural: 'clusterroles',
  namespaced: false,
  schema: ClusterRole,
  nameRule: 'path-segment',
});
