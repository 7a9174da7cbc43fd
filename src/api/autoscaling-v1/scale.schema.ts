import { namespacedObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { int32, message, optional, present, required, string } from '../schema.ts';

export const ScaleSpec = message('io.k8s.api.autoscaling.v1.ScaleSpec', {
  replicas: optional(1, int32),
});
export interface ScaleSpec extends Infer<typeof ScaleSpec> {}

export const ScaleStatus = message('io.k8s.api.autoscaling.v1.ScaleStatus', {
  replicas: required(1, int32),
  selector: optional(2, string),
});
export interface ScaleStatus extends Infer<typeof ScaleStatus> {}

/** The body of `/scale`. */
export const Scale = namespacedObject('io.k8s.api.autoscaling.v1.Scale', {
  spec: present(2, ScaleSpec),
  status: present(3, ScaleStatus),
});
export interface Scale extends Infer<typeof Scale> {}
