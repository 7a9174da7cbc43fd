import { PodTemplateSpec } from './pod-template-spec.schema.ts';
import { namespacedObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { optional } from '../schema.ts';

export const PodTemplate = namespacedObject('io.k8s.api.core.v1.PodTemplate', {
  template: optional(2, PodTemplateSpec),
});
export interface PodTemplate extends Infer<typeof PodTemplate> {}
