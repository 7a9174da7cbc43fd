import { namespacedObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { boolean, bytes, mapOf, optional, string } from '../schema.ts';

export const Secret = namespacedObject('io.k8s.api.core.v1.Secret', {
  immutable: optional(5, boolean),
  data: optional(2, mapOf(bytes)),
  stringData: optional(4, mapOf(string)),
  type: optional(3, string),
});
export interface Secret extends Infer<typeof Secret> {}
