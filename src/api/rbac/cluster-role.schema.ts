import { LabelSelector } from '../meta/meta.schema.ts';
import { PolicyRule } from './shared.schema.ts';
import { clusterObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { list, message, optional } from '../schema.ts';

export const AggregationRule = message('io.k8s.api.rbac.v1.AggregationRule', {
  clusterRoleSelectors: optional(1, list(LabelSelector)),
});
export interface AggregationRule extends Infer<typeof AggregationRule> {}

export const ClusterRole = clusterObject('io.k8s.api.rbac.v1.ClusterRole', {
  rules: optional(2, list(PolicyRule)),
  aggregationRule: optional(3, AggregationRule),
});
export interface ClusterRole extends Infer<typeof ClusterRole> {}
