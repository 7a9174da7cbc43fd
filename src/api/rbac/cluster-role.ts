import type { FieldError } from '../field-error.ts';
import { requiredField } from '../field-error.ts';
import { defineKind } from '../kind.ts';
import { validateLabelSelector } from '../values/label-selector.ts';
import { ClusterRole } from './cluster-role.schema.ts';
import type { AggregationRule } from './cluster-role.schema.ts';
import { validateRules } from './policy-rule.ts';

function validateAggregation({ clusterRoleSelectors = [] }: AggregationRule): FieldError[] {
  const path = 'aggregationRule.clusterRoleSelectors';
  const missing = 'at least one clusterRoleSelector required if aggregationRule is non-nil';
  if (clusterRoleSelectors.length === 0) return [requiredField(path, missing)];
  return clusterRoleSelectors.flatMap((selector, index) => validateLabelSelector(selector, `${path}[${index}]`));
}

export const clusterRoleKind = defineKind<ClusterRole>({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'ClusterRole',
  plural: 'clusterroles',
  namespaced: false,
  schema: ClusterRole,
  nameRule: 'path-segment',
  validate: ({ rules, aggregationRule }) => [
    ...validateRules(rules, false),
    ...(aggregationRule === undefined ? [] : validateAggregation(aggregationRule)),
  ],
});
