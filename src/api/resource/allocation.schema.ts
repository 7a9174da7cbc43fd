import { NodeSelector } from '../core/scheduling.schema.ts';
import { Condition } from '../meta/meta.schema.ts';
import type { Infer } from '../schema.ts';
import {
  any,
  boolean,
  inline,
  list,
  listMap,
  mapOf,
  message,
  optional,
  present,
  quantity,
  required,
  string,
  time,
} from '../schema.ts';
import { DeviceConfiguration, DeviceToleration } from './device-configuration.schema.ts';

const name = (kind: string): string => `io.k8s.api.resource.v1.${kind}`;

export const DeviceRequestAllocationResult = message(name('DeviceRequestAllocationResult'), {
  request: required(1, string),
  driver: required(2, string),
  pool: required(3, string),
  device: required(4, string),
  adminAccess: optional(5, boolean),
  tolerations: optional(6, list(DeviceToleration)),
  bindingConditions: optional(7, list(string)),
  bindingFailureConditions: optional(8, list(string)),
  shareID: optional(9, string),
  consumedCapacity: optional(10, mapOf(quantity)),
});
export interface DeviceRequestAllocationResult extends Infer<typeof DeviceRequestAllocationResult> {}

export const DeviceAllocationConfiguration = message(name('DeviceAllocationConfiguration'), {
  source: required(1, string),
  requests: optional(2, list(string)),
  deviceConfiguration: inline(3, DeviceConfiguration),
});
export interface DeviceAllocationConfiguration extends Infer<typeof DeviceAllocationConfiguration> {}

export const DeviceAllocationResult = message(name('DeviceAllocationResult'), {
  results: optional(1, list(DeviceRequestAllocationResult)),
  config: optional(2, list(DeviceAllocationConfiguration)),
});
export interface DeviceAllocationResult extends Infer<typeof DeviceAllocationResult> {}

export const AllocationResult = message(name('AllocationResult'), {
  devices: present(1, DeviceAllocationResult),
  nodeSelector: optional(3, NodeSelector),
  allocationTimestamp: optional(5, time),
});
export interface AllocationResult extends Infer<typeof AllocationResult> {}

export const ResourceClaimConsumerReference = message(name('ResourceClaimConsumerReference'), {
  apiGroup: optional(1, string),
  resource: required(3, string),
  name: required(4, string),
  uid: required(5, string),
});
export interface ResourceClaimConsumerReference extends Infer<typeof ResourceClaimConsumerReference> {}

export const NetworkDeviceData = message(name('NetworkDeviceData'), {
  interfaceName: optional(1, string),
  ips: optional(2, list(string)),
  hardwareAddress: optional(3, string),
});
export interface NetworkDeviceData extends Infer<typeof NetworkDeviceData> {}

export const AllocatedDeviceStatus = message(name('AllocatedDeviceStatus'), {
  driver: required(1, string),
  pool: required(2, string),
  device: required(3, string),
  shareID: optional(7, string),
  conditions: optional(4, listMap(Condition, ['type'])),
  data: optional(5, any),
  networkData: optional(6, NetworkDeviceData),
});
export interface AllocatedDeviceStatus extends Infer<typeof AllocatedDeviceStatus> {}

export const ResourceClaimStatus = message(name('ResourceClaimStatus'), {
  allocation: optional(1, AllocationResult),
  reservedFor: optional(
    2,
    listMap(ResourceClaimConsumerReference, ['uid'], { mergeKey: 'uid', patchStrategy: 'merge' }),
  ),
  devices: optional(4, listMap(AllocatedDeviceStatus, ['driver', 'device', 'pool', 'shareID'])),
});
export interface ResourceClaimStatus extends Infer<typeof ResourceClaimStatus> {}
