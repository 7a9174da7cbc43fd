import { defineKind } from '../kind.ts';
import { SubjectAccessReview } from './subject-access-review.schema.ts';

export const subjectAccessReviewKind = defineKind<SubjectAccessReview>({
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SubjectAccessReview',
  plural: 'subjectaccessreviews',
  namespaced: false,
  verbs: ['create'],
  schema: SubjectAccessReview,
});
