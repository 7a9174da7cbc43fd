import { DeleteOptions } from '../meta/meta.schema.ts';
import { namespacedObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { optional } from '../schema.ts';

/** The body of `pods/X/eviction`. */
export const Eviction = namespacedObject('io.k8s.api.policy.v1.Eviction', {
  deleteOptions: optional(2, DeleteOptions),
});
export interface Eviction extends Infer<typeof Eviction> {}
