import { defineKind } from '../kind.ts';
import { TokenReview } from './token-review.schema.ts';

export const tokenReviewKind = defineKind<TokenReview>({
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'TokenReview',
  plural: 'tokenreviews',
  namespaced: false,
  verbs: ['create'],
  schema: TokenReview,
});
