import { defineKind } from '../kind.ts';
import { LocalSubjectAccessReview } from './local-subject-access-review.schema.ts';

export const localSubjectAccessReviewKind = defineKind<LocalSubjectAccessReview>({
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'LocalSubjectAccessReview',
  plural: 'localsubjectaccessreviews',
  namespaced: true,
  verbs: ['create'],
  schema: LocalSubjectAccessReview,
});
