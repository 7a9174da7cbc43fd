import type { FieldError } from '../field-error.ts';
import { duplicateField, invalidField, requiredField } from '../field-error.ts';
import { defineKind } from '../kind.ts';
import { ifSet } from '../values/if-set.ts';
import { defaultBindingSpec, policyBindingColumns, validateBindingSpec } from './policy-binding.ts';
import { ValidatingAdmissionPolicyBinding } from './validating-admission-policy-binding.schema.ts';

/** What a refusal says need not be said twice. */
function validateActions(actions: readonly string[]): FieldError[] {
  const path = 'spec.validationActions';
  const both =
    'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)';
  return [
    ...actions.flatMap((action, index) =>
      actions.indexOf(action) < index ? [duplicateField(`${path}[${index}]`, action)] : [],
    ),
    ...(actions.includes('Deny') && actions.includes('Warn') ? [invalidField(path, actions, both)] : []),
    ...(actions.length === 0 ? [requiredField(path, 'at least one validation action is required')] : []),
  ];
}

export const validatingAdmissionPolicyBindingKind = defineKind<ValidatingAdmissionPolicyBinding>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingAdmissionPolicyBinding',
  plural: 'validatingadmissionpolicybindings',
  categories: ['api-extensions'],
  namespaced: false,
  schema: ValidatingAdmissionPolicyBinding,
  defaults: (binding) => ({ ...binding, ...ifSet('spec', binding.spec, defaultBindingSpec) }),
  validate: ({ spec }) => [...validateBindingSpec(spec), ...validateActions(spec.validationActions)],
  columns: policyBindingColumns,
});
