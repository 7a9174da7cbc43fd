import { UserInfo } from './shared.schema.ts';
import { clusterObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { boolean, list, message, optional, present, required, string } from '../schema.ts';

export const TokenReviewSpec = message('io.k8s.api.authentication.v1.TokenReviewSpec', {
  token: required(1, string),
  audiences: optional(2, list(string)),
});
export interface TokenReviewSpec extends Infer<typeof TokenReviewSpec> {}

export const TokenReviewStatus = message('io.k8s.api.authentication.v1.TokenReviewStatus', {
  authenticated: optional(1, boolean),
  user: optional(2, UserInfo),
  audiences: optional(4, list(string)),
  error: optional(3, string),
});
export interface TokenReviewStatus extends Infer<typeof TokenReviewStatus> {}

export const TokenReview = clusterObject('io.k8s.api.authentication.v1.TokenReview', {
  spec: required(2, TokenReviewSpec),
  status: present(3, TokenReviewStatus),
});
export interface TokenReview extends Infer<typeof TokenReview> {}
