import { NodeSelector } from '../core/scheduling.schema.ts';
import type { Infer } from '../schema.ts';
import { boolean, int64, list, mapOf, message, optional, quantity, required, string, time } from '../schema.ts';

const name = (kind: string): string => `io.k8s.api.resource.v1.${kind}`;

export const DeviceAttribute = message(name('DeviceAttribute'), {
  int: optional(2, int64),
  bool: optional(3, boolean),
  string: optional(4, string),
  version: optional(5, string),
  ints: optional(6, list(int64)),
  bools: optional(7, list(boolean)),
  strings: optional(8, list(string)),
  versions: optional(9, list(string)),
});
export interface DeviceAttribute extends Infer<typeof DeviceAttribute> {}

export const CapacityRequestPolicyRange = message(name('CapacityRequestPolicyRange'), {
  min: optional(1, quantity),
  max: optional(2, quantity),
  step: optional(3, quantity),
});
export interface CapacityRequestPolicyRange extends Infer<typeof CapacityRequestPolicyRange> {}

export const CapacityRequestPolicy = message(name('CapacityRequestPolicy'), {
  default: optional(1, quantity),
  validValues: optional(3, list(quantity)),
  validRange: optional(4, CapacityRequestPolicyRange),
});
export interface CapacityRequestPolicy extends Infer<typeof CapacityRequestPolicy> {}

export const DeviceCapacity = message(name('DeviceCapacity'), {
  value: required(1, quantity),
  requestPolicy: optional(2, CapacityRequestPolicy),
});
export interface DeviceCapacity extends Infer<typeof DeviceCapacity> {}

const Counter = message(name('Counter'), { value: required(1, quantity) });

export const CounterSet = message(name('CounterSet'), {
  name: required(1, string),
  counters: optional(2, mapOf(Counter)),
});
export interface CounterSet extends Infer<typeof CounterSet> {}

export const DeviceCounterConsumption = message(name('DeviceCounterConsumption'), {
  counterSet: required(1, string),
  counters: optional(2, mapOf(Counter)),
});
export interface DeviceCounterConsumption extends Infer<typeof DeviceCounterConsumption> {}

export const DeviceTaint = message(name('DeviceTaint'), {
  key: required(1, string),
  value: optional(2, string),
  effect: required(3, string),
  timeAdded: optional(4, time),
});
export interface DeviceTaint extends Infer<typeof DeviceTaint> {}

const NodeAllocatableResourceMapping = message(name('NodeAllocatableResourceMapping'), {
  capacityKey: optional(1, string),
  allocationMultiplier: optional(2, quantity),
});

export const Device = message(name('Device'), {
  name: required(1, string),
  attributes: optional(2, mapOf(DeviceAttribute)),
  capacity: optional(3, mapOf(DeviceCapacity)),
  consumesCounters: optional(4, list(DeviceCounterConsumption)),
  nodeName: optional(5, string),
  nodeSelector: optional(6, NodeSelector),
  allNodes: optional(7, boolean),
  taints: optional(8, list(DeviceTaint)),
  bindsToNode: optional(9, boolean),
  bindingConditions: optional(10, list(string)),
  bindingFailureConditions: optional(11, list(string)),
  allowMultipleAllocations: optional(12, boolean),
  nodeAllocatableResourceMappings: optional(13, mapOf(NodeAllocatableResourceMapping)),
});
export interface Device extends Infer<typeof Device> {}
