import { clusterObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { int32, list, listMap, message, optional, required, string } from '../schema.ts';

export const VolumeNodeResources = message('io.k8s.api.storage.v1.VolumeNodeResources', {
  count: optional(1, int32),
});
export interface VolumeNodeResources extends Infer<typeof VolumeNodeResources> {}

export const CSINodeDriver = message('io.k8s.api.storage.v1.CSINodeDriver', {
  name: required(1, string),
  nodeID: required(2, string),
  topologyKeys: optional(3, list(string)),
  allocatable: optional(4, VolumeNodeResources),
});
export interface CSINodeDriver extends Infer<typeof CSINodeDriver> {}

export const CSINodeSpec = message('io.k8s.api.storage.v1.CSINodeSpec', {
  drivers: required(1, listMap(CSINodeDriver, ['name'], { mergeKey: 'name', patchStrategy: 'merge' })),
});
export interface CSINodeSpec extends Infer<typeof CSINodeSpec> {}

export const CSINode = clusterObject('io.k8s.api.storage.v1.CSINode', {
  spec: required(2, CSINodeSpec),
});
export interface CSINode extends Infer<typeof CSINode> {}
