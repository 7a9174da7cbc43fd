import { SubjectAccessReviewSpec, SubjectAccessReviewStatus } from './shared.schema.ts';
import { namespacedObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { present, required } from '../schema.ts';

export const LocalSubjectAccessReview = namespacedObject('io.k8s.api.authorization.v1.LocalSubjectAccessReview', {
  spec: required(2, SubjectAccessReviewSpec),
  status: present(3, SubjectAccessReviewStatus),
});
export interface LocalSubjectAccessReview extends Infer<typeof LocalSubjectAccessReview> {}
