import { defineKind } from '../kind.ts';
import { SelfSubjectReview } from './self-subject-review.schema.ts';

export const selfSubjectReviewKind = defineKind<SelfSubjectReview>({
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectReview',
  plural: 'selfsubjectreviews',
  namespaced: false,
  verbs: ['create'],
  schema: SelfSubjectReview,
});
