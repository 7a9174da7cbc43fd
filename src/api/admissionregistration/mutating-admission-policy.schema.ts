import { MatchCondition, MatchResources, ParamKind, Variable } from './shared.schema.ts';
import { clusterObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { list, listMap, message, oneOf, optional, present, required, string } from '../schema.ts';

export const ApplyConfiguration = message('io.k8s.api.admissionregistration.v1.ApplyConfiguration', {
  expression: optional(1, string),
});
export interface ApplyConfiguration extends Infer<typeof ApplyConfiguration> {}

export const JSONPatch = message('io.k8s.api.admissionregistration.v1.JSONPatch', {
  expression: optional(1, string),
});
export interface JSONPatch extends Infer<typeof JSONPatch> {}

export const Mutation = message('io.k8s.api.admissionregistration.v1.Mutation', {
  patchType: required(2, oneOf('ApplyConfiguration', 'JSONPatch')),
  applyConfiguration: optional(3, ApplyConfiguration),
  jsonPatch: optional(4, JSONPatch),
});
export interface Mutation extends Infer<typeof Mutation> {}

export const MutatingAdmissionPolicySpec = message('io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicySpec', {
  paramKind: optional(1, ParamKind),
  matchConstraints: optional(2, MatchResources),
  variables: optional(3, list(Variable)),
  mutations: optional(4, list(Mutation)),
  failurePolicy: optional(5, oneOf('Fail', 'Ignore')),
  matchConditions: optional(6, listMap(MatchCondition, ['name'], { mergeKey: 'name', patchStrategy: 'merge' })),
  reinvocationPolicy: optional(7, oneOf('IfNeeded', 'Never')),
});
export interface MutatingAdmissionPolicySpec extends Infer<typeof MutatingAdmissionPolicySpec> {}

export const MutatingAdmissionPolicy = clusterObject('io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicy', {
  spec: present(2, MutatingAdmissionPolicySpec),
});
export interface MutatingAdmissionPolicy extends Infer<typeof MutatingAdmissionPolicy> {}
