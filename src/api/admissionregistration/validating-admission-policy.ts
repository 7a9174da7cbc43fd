import { ageColumn, countColumn, nameColumn, textColumn } from '../columns.ts';
import type { FieldError } from '../field-error.ts';
import { duplicateField, invalidField, invalidFields, notSupportedField, requiredField } from '../field-error.ts';
import { defineKind } from '../kind.ts';
import { qualifiedNameComplaints } from '../validation/names.ts';
import { ifSet } from '../values/if-set.ts';
import { paramKindCell, validateMatchConditions, validateParamKind, validateVariables } from './expressions.ts';
import { defaultMatchResources, validateMatchResources } from './rules.ts';
import { ValidatingAdmissionPolicy } from './validating-admission-policy.schema.ts';
import type {
  AuditAnnotation,
  ValidatingAdmissionPolicySpec,
  Validation,
} from './validating-admission-policy.schema.ts';

const maxAnnotations = 20;
const maxExpression = 5 * 1024;
const reasons = ['Forbidden', 'Invalid', 'RequestEntityTooLarge'];
const nothingToDo = 'validations or auditAnnotations must contain at least one item';

function validateValidation(validation: Validation, path: string): FieldError[] {
  const { expression, message = '', messageExpression = '', reason } = validation;
  return [
    ...(expression.trim() === '' ? [requiredField(`${path}.expression`, 'expression is not specified')] : []),
    ...(messageExpression !== '' && messageExpression.trim() === ''
      ? [invalidField(`${path}.messageExpression`, messageExpression, 'must be non-empty if specified')]
      : []),
    ...(message !== '' && message.trim() === ''
      ? [invalidField(`${path}.message`, message, 'message must be non-empty if specified')]
      : []),
    ...(/[\n\r]/.test(message.trim())
      ? [invalidField(`${path}.message`, message, 'message must not contain line breaks')]
      : []),
    ...(reason === undefined || reasons.includes(reason) ? [] : [notSupportedField(`${path}.reason`, reason, reasons)]),
  ];
}

function validateAnnotation({ key, valueExpression }: AuditAnnotation, policy: string, path: string): FieldError[] {
  const at = `${path}.valueExpression`;
  const expression = valueExpression.trim();
  return [
    ...invalidFields(`${path}.key`, `${policy}/${key}`, qualifiedNameComplaints(`${policy}/${key}`)),
    ...(expression === '' ? [requiredField(at, 'valueExpression is not specified')] : []),
    ...(expression.length > maxExpression
      ? [requiredField(at, `must not exceed ${maxExpression} bytes in length`)]
      : []),
  ];
}

function validateAnnotations(annotations: readonly AuditAnnotation[], policy: string): FieldError[] {
  const path = 'spec.auditAnnotations';
  const keys = annotations.map(({ key }) => key);
  return [
    ...(annotations.length > maxAnnotations
      ? [invalidField(path, annotations, `must not have more than ${maxAnnotations} auditAnnotations`)]
      : []),
    ...annotations.flatMap((annotation, index) => [
      ...validateAnnotation(annotation, policy, `${path}[${index}]`),
      ...(keys.indexOf(annotation.key) < index ? [duplicateField(`${path}[${index}].key`, annotation.key)] : []),
    ]),
  ];
}

function validateSpec(spec: ValidatingAdmissionPolicySpec, name: string): FieldError[] {
  const { matchConstraints, validations = [], auditAnnotations = [] } = spec;
  const errors = [
    ...validateParamKind(spec.paramKind, 'spec.paramKind'),
    ...(matchConstraints === undefined ? [requiredField('spec.matchConstraints')] : []),
    ...validateMatchResources(matchConstraints, 'spec.matchConstraints'),
    ...(matchConstraints !== undefined && (matchConstraints.resourceRules ?? []).length === 0
      ? [requiredField('spec.matchConstraints.resourceRules')]
      : []),
    ...validateMatchConditions(spec.matchConditions, 'spec.matchConditions'),
    ...validateVariables(spec.variables, 'spec.variables'),
  ];
  if (validations.length === 0 && auditAnnotations.length === 0) {
    return [
      ...errors,
      requiredField('spec.validations', nothingToDo),
      requiredField('spec.auditAnnotations', nothingToDo),
    ];
  }
  return [
    ...errors,
    ...validations.flatMap((validation, index) => validateValidation(validation, `spec.validations[${index}]`)),
    ...validateAnnotations(auditAnnotations, name),
  ];
}

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
  defaults: (policy) => ({
    ...policy,
    spec: {
      ...policy.spec,
      failurePolicy: policy.spec.failurePolicy ?? 'Fail',
      ...ifSet('matchConstraints', policy.spec.matchConstraints, defaultMatchResources),
    },
  }),
  validate: ({ metadata, spec }) => validateSpec(spec, metadata.name),
  columns: [
    nameColumn(),
    countColumn('Validations', ({ spec }) => spec.validations?.length),
    textColumn('ParamKind', ({ spec }) => paramKindCell(spec.paramKind)),
    ageColumn(),
  ],
});
