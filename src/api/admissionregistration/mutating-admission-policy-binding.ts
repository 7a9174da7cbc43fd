import { defineKind } from '../kind.ts';
import { MutatingAdmissionPolicyBinding } from './mutating-admission-policy-binding.schema.ts';

export const mutatingAdmissionPolicyBindingKind = defineKind<MutatingAdmissionPolicyBinding>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'MutatingAdmissionPolicyBinding',
  plural: 'mutatingadmissionpolicybindings',
  categories: ['api-extensions'],
  namespaced: false,
  schema: MutatingAdmissionPolicyBinding,
});
