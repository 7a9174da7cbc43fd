import { clusterObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { boolean, int32, list, message, optional, present, required, setOf, string } from '../schema.ts';
import { conditions } from './shared.schema.ts';

export const PriorityLevelConfigurationReference = message(
  'io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationReference',
  { name: required(1, string) },
);

export const FlowDistinguisherMethod = message('io.k8s.api.flowcontrol.v1.FlowDistinguisherMethod', {
  type: required(1, string),
});

export const UserSubject = message('io.k8s.api.flowcontrol.v1.UserSubject', { name: required(1, string) });

export const GroupSubject = message('io.k8s.api.flowcontrol.v1.GroupSubject', { name: required(1, string) });

export const ServiceAccountSubject = message('io.k8s.api.flowcontrol.v1.ServiceAccountSubject', {
  namespace: required(1, string),
  name: required(2, string),
});

export const Subject = message('io.k8s.api.flowcontrol.v1.Subject', {
  kind: required(1, string),
  user: optional(2, UserSubject),
  group: optional(3, GroupSubject),
  serviceAccount: optional(4, ServiceAccountSubject),
});
export interface Subject extends Infer<typeof Subject> {}

export const ResourcePolicyRule = message('io.k8s.api.flowcontrol.v1.ResourcePolicyRule', {
  verbs: required(1, setOf(string)),
  apiGroups: required(2, setOf(string)),
  resources: required(3, setOf(string)),
  clusterScope: optional(4, boolean),
  namespaces: optional(5, setOf(string)),
});
export interface ResourcePolicyRule extends Infer<typeof ResourcePolicyRule> {}

export const NonResourcePolicyRule = message('io.k8s.api.flowcontrol.v1.NonResourcePolicyRule', {
  verbs: required(1, setOf(string)),
  nonResourceURLs: required(6, setOf(string)),
});
export interface NonResourcePolicyRule extends Infer<typeof NonResourcePolicyRule> {}

export const PolicyRulesWithSubjects = message('io.k8s.api.flowcontrol.v1.PolicyRulesWithSubjects', {
  subjects: required(1, list(Subject)),
  resourceRules: optional(2, list(ResourcePolicyRule)),
  nonResourceRules: optional(3, list(NonResourcePolicyRule)),
});
export interface PolicyRulesWithSubjects extends Infer<typeof PolicyRulesWithSubjects> {}

export const FlowSchemaSpec = message('io.k8s.api.flowcontrol.v1.FlowSchemaSpec', {
  priorityLevelConfiguration: required(1, PriorityLevelConfigurationReference),
  matchingPrecedence: optional(2, int32),
  distinguisherMethod: optional(3, FlowDistinguisherMethod),
  rules: optional(4, list(PolicyRulesWithSubjects)),
});
export interface FlowSchemaSpec extends Infer<typeof FlowSchemaSpec> {}

export const FlowSchemaStatus = message('io.k8s.api.flowcontrol.v1.FlowSchemaStatus', {
  conditions: conditions('io.k8s.api.flowcontrol.v1.FlowSchemaCondition'),
});

export const FlowSchema = clusterObject('io.k8s.api.flowcontrol.v1.FlowSchema', {
  spec: present(2, FlowSchemaSpec),
  status: present(3, FlowSchemaStatus),
});
export interface FlowSchema extends Infer<typeof FlowSchema> {}
