import { defineKind } from '../kind.ts';
import { VolumeAttachment } from './volume-attachment.schema.ts';

export const volumeAttachmentKind = defineKind<VolumeAttachment>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttachment',
  plural: 'volumeattachments',
  namespaced: false,
  schema: VolumeAttachment,
  subresources: {
    status: true,
  },
});
