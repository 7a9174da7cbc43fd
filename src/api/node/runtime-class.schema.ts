import { Toleration } from '../core/scheduling.schema.ts';
import { clusterObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { list, mapOf, message, optional, quantity, required, string } from '../schema.ts';

export const Overhead = message('io.k8s.api.node.v1.Overhead', {
  podFixed: optional(1, mapOf(quantity)),
});
export interface Overhead extends Infer<typeof Overhead> {}

export const Scheduling = message('io.k8s.api.node.v1.Scheduling', {
  nodeSelector: optional(1, mapOf(string)),
  tolerations: optional(2, list(Toleration)),
});
export interface Scheduling extends Infer<typeof Scheduling> {}

export const RuntimeClass = clusterObject('io.k8s.api.node.v1.RuntimeClass', {
  handler: required(2, string),
  overhead: optional(3, Overhead),
  scheduling: optional(4, Scheduling),
});
export interface RuntimeClass extends Infer<typeof RuntimeClass> {}
