import { ObjectReference } from './reference.schema.ts';
import { namespacedObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { required } from '../schema.ts';

export const Binding = namespacedObject('io.k8s.api.core.v1.Binding', {
  target: required(2, ObjectReference),
});
export interface Binding extends Infer<typeof Binding> {}
