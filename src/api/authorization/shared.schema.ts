import { FieldSelectorRequirement, LabelSelectorRequirement } from '../meta/meta.schema.ts';
import type { Infer } from '../schema.ts';
import { boolean, list, mapOf, message, optional, required, string, wrappedList } from '../schema.ts';

export const FieldSelectorAttributes = message('io.k8s.api.authorization.v1.FieldSelectorAttributes', {
  rawSelector: optional(1, string),
  requirements: optional(2, list(FieldSelectorRequirement)),
});
export interface FieldSelectorAttributes extends Infer<typeof FieldSelectorAttributes> {}

export const LabelSelectorAttributes = message('io.k8s.api.authorization.v1.LabelSelectorAttributes', {
  rawSelector: optional(1, string),
  requirements: optional(2, list(LabelSelectorRequirement)),
});
export interface LabelSelectorAttributes extends Infer<typeof LabelSelectorAttributes> {}

export const NonResourceAttributes = message('io.k8s.api.authorization.v1.NonResourceAttributes', {
  path: optional(1, string),
  verb: optional(2, string),
});
export interface NonResourceAttributes extends Infer<typeof NonResourceAttributes> {}

export const ResourceAttributes = message('io.k8s.api.authorization.v1.ResourceAttributes', {
  namespace: optional(1, string),
  verb: optional(2, string),
  group: optional(3, string),
  version: optional(4, string),
  resource: optional(5, string),
  subresource: optional(6, string),
  name: optional(7, string),
  fieldSelector: optional(8, FieldSelectorAttributes),
  labelSelector: optional(9, LabelSelectorAttributes),
});
export interface ResourceAttributes extends Infer<typeof ResourceAttributes> {}

export const SubjectAccessReviewSpec = message('io.k8s.api.authorization.v1.SubjectAccessReviewSpec', {
  resourceAttributes: optional(1, ResourceAttributes),
  nonResourceAttributes: optional(2, NonResourceAttributes),
  user: optional(3, string),
  groups: optional(4, list(string)),
  extra: optional(5, mapOf(wrappedList(string))),
  uid: optional(6, string),
});
export interface SubjectAccessReviewSpec extends Infer<typeof SubjectAccessReviewSpec> {}

export const SubjectAccessReviewStatus = message('io.k8s.api.authorization.v1.SubjectAccessReviewStatus', {
  allowed: required(1, boolean),
  denied: optional(4, boolean),
  reason: optional(2, string),
  evaluationError: optional(3, string),
});
export interface SubjectAccessReviewStatus extends Infer<typeof SubjectAccessReviewStatus> {}
