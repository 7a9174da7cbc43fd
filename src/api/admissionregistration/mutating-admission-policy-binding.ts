import { defineKind } from '../kind.ts';
import { ifSet } from '../values/if-set.ts';
import { MutatingAdmissionPolicyBinding } from './mutating-admission-policy-binding.schema.ts';
import { defaultBindingSpec, policyBindingColumns, validateBindingSpec } from './policy-binding.ts';

export const mutatingAdmissionPolicyBindingKind = defineKind<MutatingAdmissionPolicyBinding>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'MutatingAdmissionPolicyBinding',
  plural: 'mutatingadmissionpolicybindings',
  categories: ['api-extensions'],
  namespaced: false,
  schema: MutatingAdmissionPolicyBinding,
  defaults: (binding) => ({ ...binding, ...ifSet('spec', binding.spec, defaultBindingSpec) }),
  validate: ({ spec }) => validateBindingSpec(spec, ['CONNECT', 'CREATE', 'UPDATE']),
  columns: policyBindingColumns,
});
