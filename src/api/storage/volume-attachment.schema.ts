import { PersistentVolumeSpec } from '../core/persistent-volume.schema.ts';
import { clusterObject } from '../object.ts';
import type { Infer } from '../schema.ts';
import { boolean, int32, mapOf, message, optional, present, required, string, time } from '../schema.ts';

export const VolumeAttachmentSource = message('io.k8s.api.storage.v1.VolumeAttachmentSource', {
  persistentVolumeName: optional(1, string),
  inlineVolumeSpec: optional(2, PersistentVolumeSpec),
});
export interface VolumeAttachmentSource extends Infer<typeof VolumeAttachmentSource> {}

export const VolumeAttachmentSpec = message('io.k8s.api.storage.v1.VolumeAttachmentSpec', {
  attacher: required(1, string),
  source: required(2, VolumeAttachmentSource),
  nodeName: required(3, string),
});
export interface VolumeAttachmentSpec extends Infer<typeof VolumeAttachmentSpec> {}

export const VolumeError = message('io.k8s.api.storage.v1.VolumeError', {
  time: optional(1, time),
  message: optional(2, string),
  errorCode: optional(3, int32),
});
export interface VolumeError extends Infer<typeof VolumeError> {}

export const VolumeAttachmentStatus = message('io.k8s.api.storage.v1.VolumeAttachmentStatus', {
  attached: required(1, boolean),
  attachmentMetadata: optional(2, mapOf(string)),
  attachError: optional(3, VolumeError),
  detachError: optional(4, VolumeError),
});
export interface VolumeAttachmentStatus extends Infer<typeof VolumeAttachmentStatus> {}

export const VolumeAttachment = clusterObject('io.k8s.api.storage.v1.VolumeAttachment', {
  spec: required(2, VolumeAttachmentSpec),
  status: present(3, VolumeAttachmentStatus),
});
export interface VolumeAttachment extends Infer<typeof VolumeAttachment> {}
