import { defineKind } from '../kind.ts';
import { SelfSubjectRulesReview } from './self-subject-rules-review.schema.ts';

export const selfSubjectRulesReviewKind = defineKind<SelfSubjectRulesReview>({
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectRulesReview',
  plural: 'selfsubjectrulesreviews',
  namespaced: false,
  verbs: ['create'],
  schema: SelfSubjectRulesReview,
});
