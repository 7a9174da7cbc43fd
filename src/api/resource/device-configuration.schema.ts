import type { Infer } from '../schema.ts';
import { any, int64, mapOf, message, optional, quantity, required, string } from '../schema.ts';

const name = (kind: string): string => `io.k8s.api.resource.v1.${kind}`;

export const CELDeviceSelector = message(name('CELDeviceSelector'), { expression: required(1, string) });
export interface CELDeviceSelector extends Infer<typeof CELDeviceSelector> {}

export const DeviceSelector = message(name('DeviceSelector'), { cel: optional(1, CELDeviceSelector) });
export interface DeviceSelector extends Infer<typeof DeviceSelector> {}

export const OpaqueDeviceConfiguration = message(name('OpaqueDeviceConfiguration'), {
  driver: required(1, string),
  parameters: required(2, any),
});
export interface OpaqueDeviceConfiguration extends Infer<typeof OpaqueDeviceConfiguration> {}

export const DeviceConfiguration = message(name('DeviceConfiguration'), {
  opaque: optional(1, OpaqueDeviceConfiguration),
});
export interface DeviceConfiguration extends Infer<typeof DeviceConfiguration> {}

export const DeviceToleration = message(name('DeviceToleration'), {
  key: optional(1, string),
  operator: optional(2, string),
  value: optional(3, string),
  effect: optional(4, string),
  tolerationSeconds: optional(5, int64),
});
export interface DeviceToleration extends Infer<typeof DeviceToleration> {}

export const CapacityRequirements = message(name('CapacityRequirements'), {
  requests: optional(1, mapOf(quantity)),
});
export interface CapacityRequirements extends Infer<typeof CapacityRequirements> {}
