import { UserInfo } from './shared.schema.ts';
import { clusterObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { message, optional, present } from '../schema.ts';

export const SelfSubjectReviewStatus = message('io.k8s.api.authentication.v1.SelfSubjectReviewStatus', {
  userInfo: optional(1, UserInfo),
});
export interface SelfSubjectReviewStatus extends Infer<typeof SelfSubjectReviewStatus> {}

export const SelfSubjectReview = clusterObject('io.k8s.api.authentication.v1.SelfSubjectReview', {
  status: present(2, SelfSubjectReviewStatus),
});
export interface SelfSubjectReview extends Infer<typeof SelfSubjectReview> {}
