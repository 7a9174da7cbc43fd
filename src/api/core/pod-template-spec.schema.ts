import { PodSpec } from './pod-spec.schema.ts';
import { ObjectMeta } from '../meta/meta.schema.ts';
import type { Infer } from '../schema.ts';
import { message, present } from '../schema.ts';

export const PodTemplateSpec = message('io.k8s.api.core.v1.PodTemplateSpec', {
  metadata: present(1, ObjectMeta),
  spec: present(2, PodSpec),
});
export interface PodTemplateSpec extends Infer<typeof PodTemplateSpec> {}
