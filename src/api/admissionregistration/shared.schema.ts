import { LabelSelector } from '../meta/meta.schema.ts';
import type { Infer } from '../schema.ts';
import { bytes, inline, int32, list, message, oneOf, optional, required, string } from '../schema.ts';

export const MatchCondition = message('io.k8s.api.admissionregistration.v1.MatchCondition', {
  name: required(1, string),
  expression: required(2, string),
});
export interface MatchCondition extends Infer<typeof MatchCondition> {}

export const Rule = message('io.k8s.api.admissionregistration.v1.Rule', {
  apiGroups: optional(1, list(string)),
  apiVersions: optional(2, list(string)),
  resources: optional(3, list(string)),
  scope: optional(4, string),
});
export interface Rule extends Infer<typeof Rule> {}

export const RuleWithOperations = message('io.k8s.api.admissionregistration.v1.RuleWithOperations', {
  operations: optional(1, list(oneOf('*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'))),
  rule: inline(2, Rule),
});
export interface RuleWithOperations extends Infer<typeof RuleWithOperations> {}

export const NamedRuleWithOperations = message(
  'io.k8s.api.admissionregistration.v1.NamedRuleWithOperations',
  {
    resourceNames: optional(1, list(string)),
    ruleWithOperations: inline(2, RuleWithOperations),
  },
  { atomic: true },
);
export interface NamedRuleWithOperations extends Infer<typeof NamedRuleWithOperations> {}

export const MatchResources = message(
  'io.k8s.api.admissionregistration.v1.MatchResources',
  {
    namespaceSelector: optional(1, LabelSelector),
    objectSelector: optional(2, LabelSelector),
    resourceRules: optional(3, list(NamedRuleWithOperations)),
    excludeResourceRules: optional(4, list(NamedRuleWithOperations)),
    matchPolicy: optional(7, oneOf('Equivalent', 'Exact')),
  },
  { atomic: true },
);
export interface MatchResources extends Infer<typeof MatchResources> {}

export const ParamKind = message(
  'io.k8s.api.admissionregistration.v1.ParamKind',
  {
    apiVersion: optional(1, string),
    kind: optional(2, string),
  },
  { atomic: true },
);
export interface ParamKind extends Infer<typeof ParamKind> {}

export const ParamRef = message(
  'io.k8s.api.admissionregistration.v1.ParamRef',
  {
    name: optional(1, string),
    namespace: optional(2, string),
    selector: optional(3, LabelSelector),
    parameterNotFoundAction: optional(4, string),
  },
  { atomic: true },
);
export interface ParamRef extends Infer<typeof ParamRef> {}

export const ServiceReference = message('io.k8s.api.admissionregistration.v1.ServiceReference', {
  namespace: required(1, string),
  name: required(2, string),
  path: optional(3, string),
  port: optional(4, int32),
});
export interface ServiceReference extends Infer<typeof ServiceReference> {}

export const Variable = message(
  'io.k8s.api.admissionregistration.v1.Variable',
  {
    name: required(1, string),
    expression: required(2, string),
  },
  { atomic: true },
);
export interface Variable extends Infer<typeof Variable> {}

export const WebhookClientConfig = message('io.k8s.api.admissionregistration.v1.WebhookClientConfig', {
  url: optional(3, string),
  service: optional(1, ServiceReference),
  caBundle: optional(2, bytes),
});
export interface WebhookClientConfig extends Infer<typeof WebhookClientConfig> {}
