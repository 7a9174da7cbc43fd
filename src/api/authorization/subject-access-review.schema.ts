import { SubjectAccessReviewSpec, SubjectAccessReviewStatus } from './shared.schema.ts';
import { clusterObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { present, required } from '../schema.ts';

export const SubjectAccessReview = clusterObject('io.k8s.api.authorization.v1.SubjectAccessReview', {
  spec: required(2, SubjectAccessReviewSpec),
  status: present(3, SubjectAccessReviewStatus),
});
export interface SubjectAccessReview extends Infer<typeof SubjectAccessReview> {}
