import { namespacedObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { list, mapOf, message, oneOf, optional, present, quantity, required, string } from '../schema.ts';

export const ScopedResourceSelectorRequirement = message('io.k8s.api.core.v1.ScopedResourceSelectorRequirement', {
  scopeName: required(
    1,
    oneOf(
      'BestEffort',
      'CrossNamespacePodAffinity',
      'NotBestEffort',
      'NotTerminating',
      'PriorityClass',
      'Terminating',
      'VolumeAttributesClass',
    ),
  ),
  operator: required(2, oneOf('DoesNotExist', 'Exists', 'In', 'NotIn')),
  values: optional(3, list(string)),
});
export interface ScopedResourceSelectorRequirement extends Infer<typeof ScopedResourceSelectorRequirement> {}

export const ScopeSelector = message(
  'io.k8s.api.core.v1.ScopeSelector',
  {
    matchExpressions: optional(1, list(ScopedResourceSelectorRequirement)),
  },
  { atomic: true },
);
export interface ScopeSelector extends Infer<typeof ScopeSelector> {}

export const ResourceQuotaSpec = message('io.k8s.api.core.v1.ResourceQuotaSpec', {
  hard: optional(1, mapOf(quantity)),
  scopes: optional(
    2,
    list(
      oneOf(
        'BestEffort',
        'CrossNamespacePodAffinity',
        'NotBestEffort',
        'NotTerminating',
        'PriorityClass',
        'Terminating',
        'VolumeAttributesClass',
      ),
    ),
  ),
  scopeSelector: optional(3, ScopeSelector),
});
export interface ResourceQuotaSpec extends Infer<typeof ResourceQuotaSpec> {}

export const ResourceQuotaStatus = message('io.k8s.api.core.v1.ResourceQuotaStatus', {
  hard: optional(1, mapOf(quantity)),
  used: optional(2, mapOf(quantity)),
});
export interface ResourceQuotaStatus extends Infer<typeof ResourceQuotaStatus> {}

export const ResourceQuota = namespacedObject('io.k8s.api.core.v1.ResourceQuota', {
  spec: present(2, ResourceQuotaSpec),
  status: present(3, ResourceQuotaStatus),
});
export interface ResourceQuota extends Infer<typeof ResourceQuota> {}
