import { NodeSelector } from '../core/scheduling.schema.ts';
import { clusterObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { boolean, int64, list, message, optional, required, string } from '../schema.ts';
import { CounterSet, Device } from './device.schema.ts';

const ResourcePool = message('io.k8s.api.resource.v1.ResourcePool', {
  name: required(1, string),
  generation: required(2, int64),
  resourceSliceCount: required(3, int64),
});

export const ResourceSliceSpec = message('io.k8s.api.resource.v1.ResourceSliceSpec', {
  driver: required(1, string),
  pool: required(2, ResourcePool),
  nodeName: optional(3, string),
  nodeSelector: optional(4, NodeSelector),
  allNodes: optional(5, boolean),
  devices: optional(6, list(Device)),
  perDeviceNodeSelection: optional(7, boolean),
  sharedCounters: optional(8, list(CounterSet)),
});
export interface ResourceSliceSpec extends Infer<typeof ResourceSliceSpec> {}

export const ResourceSlice = clusterObject('io.k8s.api.resource.v1.ResourceSlice', {
  spec: required(2, ResourceSliceSpec),
});
export interface ResourceSlice extends Infer<typeof ResourceSlice> {}
