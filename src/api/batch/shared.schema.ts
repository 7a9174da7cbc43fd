import { PodTemplateSpec } from '../core/pod-template-spec.schema.ts';
import { LabelSelector } from '../meta/meta.schema.ts';
import type { Infer } from '../schema.ts';
import { boolean, int32, int64, list, message, oneOf, optional, required, setOf, string } from '../schema.ts';

export const PodFailurePolicyOnExitCodesRequirement = message(
  'io.k8s.api.batch.v1.PodFailurePolicyOnExitCodesRequirement',
  {
    containerName: optional(1, string),
    operator: required(2, oneOf('In', 'NotIn')),
    values: required(3, setOf(int32)),
  },
);
export interface PodFailurePolicyOnExitCodesRequirement extends Infer<typeof PodFailurePolicyOnExitCodesRequirement> {}

export const PodFailurePolicyOnPodConditionsPattern = message(
  'io.k8s.api.batch.v1.PodFailurePolicyOnPodConditionsPattern',
  {
    type: required(1, string),
    status: optional(2, string),
  },
);
export interface PodFailurePolicyOnPodConditionsPattern extends Infer<typeof PodFailurePolicyOnPodConditionsPattern> {}

export const PodFailurePolicyRule = message('io.k8s.api.batch.v1.PodFailurePolicyRule', {
  action: required(1, oneOf('Count', 'FailIndex', 'FailJob', 'Ignore')),
  onExitCodes: optional(2, PodFailurePolicyOnExitCodesRequirement),
  onPodConditions: optional(3, list(PodFailurePolicyOnPodConditionsPattern)),
});
export interface PodFailurePolicyRule extends Infer<typeof PodFailurePolicyRule> {}

export const PodFailurePolicy = message('io.k8s.api.batch.v1.PodFailurePolicy', {
  rules: required(1, list(PodFailurePolicyRule)),
});
export interface PodFailurePolicy extends Infer<typeof PodFailurePolicy> {}

export const SuccessPolicyRule = message('io.k8s.api.batch.v1.SuccessPolicyRule', {
  succeededIndexes: optional(1, string),
  succeededCount: optional(2, int32),
});
export interface SuccessPolicyRule extends Infer<typeof SuccessPolicyRule> {}

export const SuccessPolicy = message('io.k8s.api.batch.v1.SuccessPolicy', {
  rules: required(1, list(SuccessPolicyRule)),
});
export interface SuccessPolicy extends Infer<typeof SuccessPolicy> {}

export const JobSpec = message('io.k8s.api.batch.v1.JobSpec', {
  parallelism: optional(1, int32),
  completions: optional(2, int32),
  activeDeadlineSeconds: optional(3, int64),
  podFailurePolicy: optional(11, PodFailurePolicy),
  successPolicy: optional(16, SuccessPolicy),
  backoffLimit: optional(7, int32),
  backoffLimitPerIndex: optional(12, int32),
  maxFailedIndexes: optional(13, int32),
  selector: optional(4, LabelSelector),
  manualSelector: optional(5, boolean),
  template: required(6, PodTemplateSpec),
  ttlSecondsAfterFinished: optional(8, int32),
  completionMode: optional(9, oneOf('Indexed', 'NonIndexed')),
  suspend: optional(10, boolean),
  podReplacementPolicy: optional(14, oneOf('Failed', 'TerminatingOrFailed')),
  managedBy: optional(15, string),
});
export interface JobSpec extends Infer<typeof JobSpec> {}
