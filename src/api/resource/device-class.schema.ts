import { clusterObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { inline, list, message, optional, present, string } from '../schema.ts';
import { DeviceConfiguration, DeviceSelector } from './device-configuration.schema.ts';

const DeviceClassConfiguration = message('io.k8s.api.resource.v1.DeviceClassConfiguration', {
  deviceConfiguration: inline(1, DeviceConfiguration),
});

export const DeviceClassSpec = message('io.k8s.api.resource.v1.DeviceClassSpec', {
  selectors: optional(1, list(DeviceSelector)),
  config: optional(2, list(DeviceClassConfiguration)),
  extendedResourceName: optional(4, string),
});
export interface DeviceClassSpec extends Infer<typeof DeviceClassSpec> {}

export const DeviceClass = clusterObject('io.k8s.api.resource.v1.DeviceClass', { spec: present(2, DeviceClassSpec) });
export interface DeviceClass extends Infer<typeof DeviceClass> {}
