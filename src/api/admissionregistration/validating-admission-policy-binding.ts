import { defineKind } from '../kind.ts';
import { ValidatingAdmissionPolicyBinding } from './validating-admission-policy-binding.schema.ts';

export const validatingAdmissionPolicyBindingKind = defineKind<ValidatingAdmissionPolicyBinding>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingAdmissionPolicyBinding',
  plural: 'validatingadmissionpolicybindings',
  categories: ['api-extensions'],
  namespaced: false,
  schema: ValidatingAdmissionPolicyBinding,
});
