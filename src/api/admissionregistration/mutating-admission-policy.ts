import { ageColumn, countColumn, nameColumn, textColumn } from '../columns.ts';
import type { FieldError } from '../field-error.ts';
import { invalidField, requiredField } from '../field-error.ts';
import { defineKind } from '../kind.ts';
import { ifSet } from '../values/if-set.ts';
import { paramKindCell, validateMatchConditions, validateParamKind, validateVariables } from './expressions.ts';
import { MutatingAdmissionPolicy } from './mutating-admission-policy.schema.ts';
import type { MutatingAdmissionPolicySpec, Mutation } from './mutating-admission-policy.schema.ts';
import { defaultMatchResources, validateMatchResources } from './rules.ts';

/** What is deleted is not changed before. */
const operations = ['CONNECT', 'CREATE', 'UPDATE'];
/** Which field holds the patch of each type. */
const fields = { ApplyConfiguration: 'applyConfiguration', JSONPatch: 'jsonPatch' } as const;

function validateMutation(mutation: Mutation, path: string): FieldError[] {
  const { patchType } = mutation;
  return Object.values(fields).flatMap((field) => {
    const patch = mutation[field];
    const isMeant = fields[patchType] === field;
    if (!isMeant) {
      const message = `must not be specified when patchType is ${patchType}`;
      return patch === undefined ? [] : [invalidField(`${path}.${field}`, `{${field}}`, message)];
    }
    if (patch === undefined)
      return [requiredField(`${path}.${field}`, `must be specified when patchType is ${patchType}`)];
    return (patch.expression ?? '').trim() === '' ? [requiredField(`${path}.${field}.expression`)] : [];
  });
}

function validateSpec(spec: MutatingAdmissionPolicySpec): FieldError[] {
  const { matchConstraints, mutations = [] } = spec;
  return [
    ...validateParamKind(spec.paramKind, 'spec.paramKind'),
    ...(matchConstraints === undefined ? [requiredField('spec.matchConstraints')] : []),
    ...validateMatchResources(matchConstraints, 'spec.matchConstraints', operations),
    ...(matchConstraints !== undefined && (matchConstraints.resourceRules ?? []).length === 0
      ? [requiredField('spec.matchConstraints.resourceRules')]
      : []),
    ...validateMatchConditions(spec.matchConditions, 'spec.matchConditions'),
    ...validateVariables(spec.variables, 'spec.variables'),
    ...(mutations.length === 0 ? [requiredField('spec.mutations', 'mutations must contain at least one item')] : []),
    ...mutations.flatMap((mutation, index) => validateMutation(mutation, `spec.mutations[${index}]`)),
    ...(spec.reinvocationPolicy === undefined ? [requiredField('spec.reinvocationPolicy')] : []),
  ];
}

export const mutatingAdmissionPolicyKind = defineKind<MutatingAdmissionPolicy>({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'MutatingAdmissionPolicy',
  plural: 'mutatingadmissionpolicies',
  categories: ['api-extensions'],
  namespaced: false,
  schema: MutatingAdmissionPolicy,
  defaults: (policy) => ({
    ...policy,
    spec: {
      ...policy.spec,
      failurePolicy: policy.spec.failurePolicy ?? 'Fail',
      ...ifSet('matchConstraints', policy.spec.matchConstraints, defaultMatchResources),
    },
  }),
  validate: ({ spec }) => validateSpec(spec),
  columns: [
    nameColumn(),
    countColumn('Mutations', ({ spec }) => spec.mutations?.length),
    textColumn('ParamKind', ({ spec }) => paramKindCell(spec.paramKind)),
    ageColumn(),
  ],
});
