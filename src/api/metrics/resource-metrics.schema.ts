import { clusterObject, namespacedObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { list, mapOf, message, quantity, required, string, time } from '../schema.ts';

const prefix = 'io.k8s.metrics.pkg.apis.metrics.v1beta1';

export const ContainerMetrics = message(`${prefix}.ContainerMetrics`, {
  name: required(1, string),
  usage: required(2, mapOf(quantity)),
});
export interface ContainerMetrics extends Infer<typeof ContainerMetrics> {}

export const NodeMetrics = clusterObject(`${prefix}.NodeMetrics`, {
  timestamp: required(2, time),
  window: required(3, string),
  usage: required(4, mapOf(quantity)),
});
export interface NodeMetrics extends Infer<typeof NodeMetrics> {}

export const PodMetrics = namespacedObject(`${prefix}.PodMetrics`, {
  timestamp: required(2, time),
  window: required(3, string),
  containers: required(4, list(ContainerMetrics)),
});
export interface PodMetrics extends Infer<typeof PodMetrics> {}
