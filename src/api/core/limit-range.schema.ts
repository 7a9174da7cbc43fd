import { namespacedObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { list, mapOf, message, optional, present, quantity, required, string } from '../schema.ts';

export const LimitRangeItem = message('io.k8s.api.core.v1.LimitRangeItem', {
  type: required(1, string),
  max: optional(2, mapOf(quantity)),
  min: optional(3, mapOf(quantity)),
  default: optional(4, mapOf(quantity)),
  defaultRequest: optional(5, mapOf(quantity)),
  maxLimitRequestRatio: optional(6, mapOf(quantity)),
});
export interface LimitRangeItem extends Infer<typeof LimitRangeItem> {}

export const LimitRangeSpec = message('io.k8s.api.core.v1.LimitRangeSpec', {
  limits: required(1, list(LimitRangeItem)),
});
export interface LimitRangeSpec extends Infer<typeof LimitRangeSpec> {}

export const LimitRange = namespacedObject('io.k8s.api.core.v1.LimitRange', {
  spec: present(2, LimitRangeSpec),
});
export interface LimitRange extends Infer<typeof LimitRange> {}
