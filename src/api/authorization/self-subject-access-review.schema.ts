import { NonResourceAttributes, ResourceAttributes, SubjectAccessReviewStatus } from './shared.schema.ts';
import { clusterObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { message, optional, present, required } from '../schema.ts';

export const SelfSubjectAccessReviewSpec = message('io.k8s.api.authorization.v1.SelfSubjectAccessReviewSpec', {
  resourceAttributes: optional(1, ResourceAttributes),
  nonResourceAttributes: optional(2, NonResourceAttributes),
});
export interface SelfSubjectAccessReviewSpec extends Infer<typeof SelfSubjectAccessReviewSpec> {}

export const SelfSubjectAccessReview = clusterObject('io.k8s.api.authorization.v1.SelfSubjectAccessReview', {
  spec: required(2, SelfSubjectAccessReviewSpec),
  status: present(3, SubjectAccessReviewStatus),
});
export interface SelfSubjectAccessReview extends Infer<typeof SelfSubjectAccessReview> {}
