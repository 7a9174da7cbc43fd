import { clusterObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { boolean, list, message, optional, present, required, string } from '../schema.ts';

export const NonResourceRule = message('io.k8s.api.authorization.v1.NonResourceRule', {
  verbs: required(1, list(string)),
  nonResourceURLs: optional(2, list(string)),
});
export interface NonResourceRule extends Infer<typeof NonResourceRule> {}

export const ResourceRule = message('io.k8s.api.authorization.v1.ResourceRule', {
  verbs: required(1, list(string)),
  apiGroups: optional(2, list(string)),
  resources: optional(3, list(string)),
  resourceNames: optional(4, list(string)),
});
export interface ResourceRule extends Infer<typeof ResourceRule> {}

export const SelfSubjectRulesReviewSpec = message('io.k8s.api.authorization.v1.SelfSubjectRulesReviewSpec', {
  namespace: optional(1, string),
});
export interface SelfSubjectRulesReviewSpec extends Infer<typeof SelfSubjectRulesReviewSpec> {}

export const SubjectRulesReviewStatus = message('io.k8s.api.authorization.v1.SubjectRulesReviewStatus', {
  resourceRules: required(1, list(ResourceRule)),
  nonResourceRules: required(2, list(NonResourceRule)),
  incomplete: required(3, boolean),
  evaluationError: optional(4, string),
});
export interface SubjectRulesReviewStatus extends Infer<typeof SubjectRulesReviewStatus> {}

export const SelfSubjectRulesReview = clusterObject('io.k8s.api.authorization.v1.SelfSubjectRulesReview', {
  spec: required(2, SelfSubjectRulesReviewSpec),
  status: present(3, SubjectRulesReviewStatus),
});
export interface SelfSubjectRulesReview extends Infer<typeof SelfSubjectRulesReview> {}
