import { defineKind } from '../kind.ts';
import { SelfSubjectAccessReview } from './self-subject-access-review.schema.ts';
import { validateAsked, validateNoMetadata } from './review-validation.ts';

export const selfSubjectAccessReviewKind = defineKind<SelfSubjectAccessReview>({
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectAccessReview',
  plural: 'selfsubjectaccessreviews',
  namespaced: false,
  verbs: ['create'],
  schema: SelfSubjectAccessReview,
  validate: ({ metadata, spec }) => [...validateAsked(spec), ...validateNoMetadata(metadata, [], 'must be empty')],
});
