import { MatchCondition, MatchResources, ParamKind, Variable } from './shared.schema.ts';
import { Condition } from '../meta/meta.schema.ts';
import { clusterObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { int64, list, listMap, message, oneOf, optional, present, required, string } from '../schema.ts';

export const AuditAnnotation = message('io.k8s.api.admissionregistration.v1.AuditAnnotation', {
  key: required(1, string),
  valueExpression: required(2, string),
});
export interface AuditAnnotation extends Infer<typeof AuditAnnotation> {}

export const ExpressionWarning = message('io.k8s.api.admissionregistration.v1.ExpressionWarning', {
  fieldRef: required(2, string),
  warning: required(3, string),
});
export interface ExpressionWarning extends Infer<typeof ExpressionWarning> {}

export const TypeChecking = message('io.k8s.api.admissionregistration.v1.TypeChecking', {
  expressionWarnings: optional(1, list(ExpressionWarning)),
});
export interface TypeChecking extends Infer<typeof TypeChecking> {}

export const Validation = message('io.k8s.api.admissionregistration.v1.Validation', {
  expression: required(1, string),
  message: optional(2, string),
  reason: optional(3, string),
  messageExpression: optional(4, string),
});
export interface Validation extends Infer<typeof Validation> {}

export const ValidatingAdmissionPolicySpec = message(
  'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicySpec',
  {
    paramKind: optional(1, ParamKind),
    matchConstraints: optional(2, MatchResources),
    validations: optional(3, list(Validation)),
    failurePolicy: optional(4, oneOf('Fail', 'Ignore')),
    auditAnnotations: optional(5, list(AuditAnnotation)),
    matchConditions: optional(6, listMap(MatchCondition, ['name'], { mergeKey: 'name', patchStrategy: 'merge' })),
    variables: optional(7, listMap(Variable, ['name'], { mergeKey: 'name', patchStrategy: 'merge' })),
  },
);
export interface ValidatingAdmissionPolicySpec extends Infer<typeof ValidatingAdmissionPolicySpec> {}

export const ValidatingAdmissionPolicyStatus = message(
  'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyStatus',
  {
    observedGeneration: optional(1, int64),
    typeChecking: optional(2, TypeChecking),
    conditions: optional(3, listMap(Condition, ['type'])),
  },
);
export interface ValidatingAdmissionPolicyStatus extends Infer<typeof ValidatingAdmissionPolicyStatus> {}

export const ValidatingAdmissionPolicy = clusterObject(
  'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicy',
  {
    spec: present(2, ValidatingAdmissionPolicySpec),
    status: present(3, ValidatingAdmissionPolicyStatus),
  },
);
export interface ValidatingAdmissionPolicy extends Infer<typeof ValidatingAdmissionPolicy> {}
