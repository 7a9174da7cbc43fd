import { PodSpec } from './pod-spec.schema.ts';
import { PodStatus } from './pod-status.schema.ts';
import { namespacedObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { present } from '../schema.ts';

export const Pod = namespacedObject('io.k8s.api.core.v1.Pod', {
  spec: present(2, PodSpec),
  status: present(3, PodStatus),
});
export interface Pod extends Infer<typeof Pod> {}
