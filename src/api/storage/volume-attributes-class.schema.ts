import { clusterObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { mapOf, optional, required, string } from '../schema.ts';

export const VolumeAttributesClass = clusterObject('io.k8s.api.storage.v1.VolumeAttributesClass', {
  driverName: required(2, string),
  parameters: optional(3, mapOf(string)),
});
export interface VolumeAttributesClass extends Infer<typeof VolumeAttributesClass> {}
