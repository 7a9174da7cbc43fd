import type { Infer } from '../schema.ts';
import { boolean, inline, int64, list, message, optional, required, string } from '../schema.ts';
import {
  CapacityRequirements,
  DeviceConfiguration,
  DeviceSelector,
  DeviceToleration,
} from './device-configuration.schema.ts';

const name = (kind: string): string => `io.k8s.api.resource.v1.${kind}`;

export const ExactDeviceRequest = message(name('ExactDeviceRequest'), {
  deviceClassName: required(1, string),
  selectors: optional(2, list(DeviceSelector)),
  allocationMode: optional(3, string),
  count: optional(4, int64),
  adminAccess: optional(5, boolean),
  tolerations: optional(6, list(DeviceToleration)),
  capacity: optional(7, CapacityRequirements),
});
export interface ExactDeviceRequest extends Infer<typeof ExactDeviceRequest> {}

export const DeviceSubRequest = message(name('DeviceSubRequest'), {
  name: required(1, string),
  deviceClassName: required(2, string),
  selectors: optional(3, list(DeviceSelector)),
  allocationMode: optional(4, string),
  count: optional(5, int64),
  tolerations: optional(6, list(DeviceToleration)),
  capacity: optional(7, CapacityRequirements),
});
export interface DeviceSubRequest extends Infer<typeof DeviceSubRequest> {}

export const DeviceRequest = message(name('DeviceRequest'), {
  name: required(1, string),
  exactly: optional(2, ExactDeviceRequest),
  firstAvailable: optional(3, list(DeviceSubRequest)),
});
export interface DeviceRequest extends Infer<typeof DeviceRequest> {}

export const DeviceConstraint = message(name('DeviceConstraint'), {
  requests: optional(1, list(string)),
  matchAttribute: optional(2, string),
  distinctAttribute: optional(3, string),
});
export interface DeviceConstraint extends Infer<typeof DeviceConstraint> {}

export const DeviceClaimConfiguration = message(name('DeviceClaimConfiguration'), {
  requests: optional(1, list(string)),
  deviceConfiguration: inline(2, DeviceConfiguration),
});
export interface DeviceClaimConfiguration extends Infer<typeof DeviceClaimConfiguration> {}

export const DeviceClaim = message(name('DeviceClaim'), {
  requests: optional(1, list(DeviceRequest)),
  constraints: optional(2, list(DeviceConstraint)),
  config: optional(3, list(DeviceClaimConfiguration)),
});
export interface DeviceClaim extends Infer<typeof DeviceClaim> {}
