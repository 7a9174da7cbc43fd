import { LabelSelector } from '../meta/meta.schema.ts';
import { namespacedObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { optional, quantity, required, string } from '../schema.ts';

export const CSIStorageCapacity = namespacedObject('io.k8s.api.storage.v1.CSIStorageCapacity', {
  nodeTopology: optional(2, LabelSelector),
  storageClassName: required(3, string),
  capacity: optional(4, quantity),
  maximumVolumeSize: optional(5, quantity),
});
export interface CSIStorageCapacity extends Infer<typeof CSIStorageCapacity> {}
