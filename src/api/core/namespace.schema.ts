import { clusterObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { list, listMap, message, oneOf, optional, present, required, string, time } from '../schema.ts';

export const NamespaceSpec = message('io.k8s.api.core.v1.NamespaceSpec', {
  finalizers: optional(1, list(string)),
});
export interface NamespaceSpec extends Infer<typeof NamespaceSpec> {}

export const NamespaceCondition = message('io.k8s.api.core.v1.NamespaceCondition', {
  type: required(1, string),
  status: required(2, string),
  lastTransitionTime: optional(4, time),
  reason: optional(5, string),
  message: optional(6, string),
});
export interface NamespaceCondition extends Infer<typeof NamespaceCondition> {}

export const NamespaceStatus = message('io.k8s.api.core.v1.NamespaceStatus', {
  phase: optional(1, oneOf('Active', 'Terminating')),
  conditions: optional(2, listMap(NamespaceCondition, ['type'], { mergeKey: 'type', patchStrategy: 'merge' })),
});
export interface NamespaceStatus extends Infer<typeof NamespaceStatus> {}

export const Namespace = clusterObject('io.k8s.api.core.v1.Namespace', {
  spec: present(2, NamespaceSpec),
  status: present(3, NamespaceStatus),
});
export interface Namespace extends Infer<typeof Namespace> {}
