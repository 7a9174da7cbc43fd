import { LocalObjectReference, ObjectReference } from './reference.schema.ts';
import { namespacedObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { boolean, list, listMap, optional } from '../schema.ts';

export const ServiceAccount = namespacedObject('io.k8s.api.core.v1.ServiceAccount', {
  secrets: optional(2, listMap(ObjectReference, ['name'], { mergeKey: 'name', patchStrategy: 'merge' })),
  imagePullSecrets: optional(3, list(LocalObjectReference)),
  automountServiceAccountToken: optional(4, boolean),
});
export interface ServiceAccount extends Infer<typeof ServiceAccount> {}
