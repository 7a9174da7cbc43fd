import { TopologySelectorTerm } from '../core/topology.schema.ts';
import { clusterObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { boolean, list, mapOf, oneOf, optional, required, string } from '../schema.ts';

export const StorageClass = clusterObject('io.k8s.api.storage.v1.StorageClass', {
  provisioner: required(2, string),
  parameters: optional(3, mapOf(string)),
  reclaimPolicy: optional(4, oneOf('Delete', 'Recycle', 'Retain')),
  mountOptions: optional(5, list(string)),
  allowVolumeExpansion: optional(6, boolean),
  volumeBindingMode: optional(7, oneOf('Immediate', 'WaitForFirstConsumer')),
  allowedTopologies: optional(8, list(TopologySelectorTerm)),
});
export interface StorageClass extends Infer<typeof StorageClass> {}
