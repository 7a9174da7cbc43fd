import { defineKind } from '../kind.ts';
import { MutatingAdmissionPolicy } from './mutating-admission-policy.schema.ts';

export const mutatingAdmissionPolicyKind = defineKind<MutatingAdmissionPolicy>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'MutatingAdmissionPolicy',
  plural: 'mutatingadmissionpolicies',
  categories: ['api-extensions'],
  namespaced: false,
  schema: MutatingAdmissionPolicy,
});
