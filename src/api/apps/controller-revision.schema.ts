import { namespacedObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { any, int64, optional, required } from '../schema.ts';

export const ControllerRevision = namespacedObject('io.k8s.api.apps.v1.ControllerRevision', {
  data: optional(2, any),
  revision: required(3, int64),
});
export interface ControllerRevision extends Infer<typeof ControllerRevision> {}
