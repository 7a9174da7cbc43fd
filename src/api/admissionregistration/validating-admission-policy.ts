import { defineKind } from '../kind.ts';
import { ValidatingAdmissionPolicy } from './validating-admission-policy.schema.ts';

export const validatingAdmissionPolicyKind = defineKind<ValidatingAdmissionPolicy>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingAdmissionPolicy',
  plural: 'validatingadmissionpolicies',
  categories: ['api-extensions'],
  namespaced: false,
  schema: ValidatingAdmissionPolicy,
  subresources: {
    status: true,
  },
});
