import { MatchResources, ParamRef } from './shared.schema.ts';
import { clusterObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { message, oneOf, optional, required, setOf, string } from '../schema.ts';

export const ValidatingAdmissionPolicyBindingSpec = message(
  'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec',
  {
    policyName: required(1, string),
    paramRef: optional(2, ParamRef),
    matchResources: optional(3, MatchResources),
    validationActions: required(4, setOf(oneOf('Audit', 'Deny', 'Warn'))),
  },
);
export interface ValidatingAdmissionPolicyBindingSpec extends Infer<typeof ValidatingAdmissionPolicyBindingSpec> {}

export const ValidatingAdmissionPolicyBinding = clusterObject(
  'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBinding',
  {
    spec: required(2, ValidatingAdmissionPolicyBindingSpec),
  },
);
export interface ValidatingAdmissionPolicyBinding extends Infer<typeof ValidatingAdmissionPolicyBinding> {}
