import { namespacedObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { boolean, bytes, mapOf, optional, string } from '../schema.ts';

export const ConfigMap = namespacedObject('io.k8s.api.core.v1.ConfigMap', {
  immutable: optional(4, boolean),
  data: optional(2, mapOf(string)),
  binaryData: optional(3, mapOf(bytes)),
});
export interface ConfigMap extends Infer<typeof ConfigMap> {}
