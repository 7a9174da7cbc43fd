import { MatchResources, ParamRef } from './shared.schema.ts';
import { clusterObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { message, optional, present, string } from '../schema.ts';

export const MutatingAdmissionPolicyBindingSpec = message(
  'io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicyBindingSpec',
  {
    policyName: optional(1, string),
    paramRef: optional(2, ParamRef),
    matchResources: optional(3, MatchResources),
  },
);
export interface MutatingAdmissionPolicyBindingSpec extends Infer<typeof MutatingAdmissionPolicyBindingSpec> {}

export const MutatingAdmissionPolicyBinding = clusterObject(
  'io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicyBinding',
  {
    spec: present(2, MutatingAdmissionPolicyBindingSpec),
  },
);
export interface MutatingAdmissionPolicyBinding extends Infer<typeof MutatingAdmissionPolicyBinding> {}
