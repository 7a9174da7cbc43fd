import { defineKind } from '../kind.ts';
import { SubjectAccessReview } from './subject-access-review.schema.ts';
import { validateAskedOf, validateNoMetadata } from './review-validation.ts';

export const subjectAccessReviewKind = defineKind<SubjectAccessReview>({
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SubjectAccessReview',
  plural: 'subjectaccessreviews',
  namespaced: false,
  verbs: ['create'],
  schema: SubjectAccessReview,
  validate: ({ metadata, spec }) => [...validateAskedOf(spec), ...validateNoMetadata(metadata, [], 'must be empty')],
});
