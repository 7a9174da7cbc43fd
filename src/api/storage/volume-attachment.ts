import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import type { FieldError } from '../field-error.ts';
import { forbiddenField, invalidFields, requiredField } from '../field-error.ts';
import { defineKind } from '../kind.ts';
import { validateImmutable } from '../validation/equality.ts';
import { dnsSubdomainComplaints } from '../validation/names.ts';
import { validateCsiDriverName } from './csi-name.ts';
import { VolumeAttachment } from './volume-attachment.schema.ts';
import type { VolumeAttachmentSource } from './volume-attachment.schema.ts';

const notAttached = { attached: false };

function validateSource({ inlineVolumeSpec, persistentVolumeName: name }: VolumeAttachmentSource): FieldError[] {
  const path = 'spec.source';
  const exactlyOne = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName';
  if (inlineVolumeSpec === undefined && name === undefined) return [requiredField(path, exactlyOne)];
  if (inlineVolumeSpec !== undefined && name !== undefined) return [forbiddenField(path, exactlyOne)];
  if (name === undefined) return [];
  const at = `${path}.persistentVolumeName`;
  return name === ''
    ? [requiredField(at, 'must specify non empty persistentVolumeName')]
    : invalidFields(at, name, dnsSubdomainComplaints(name));
}

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
  prepareForCreate: (attachment) => ({ ...attachment, status: notAttached }),
  validate: ({ spec: { attacher, source, nodeName } }) => [
    ...validateCsiDriverName(attacher, 'spec.attacher'),
    ...validateSource(source),
    ...invalidFields('spec.nodeName', nodeName, dnsSubdomainComplaints(nodeName)),
  ],
  validateUpdate: ({ spec }, { spec: old }) => validateImmutable(spec, old, 'spec'),
  columns: [
    nameColumn(),
    textColumn('Attacher', ({ spec }) => spec.attacher),
    textColumn('PV', ({ spec }) => spec.source.persistentVolumeName ?? ''),
    textColumn('Node', ({ spec }) => spec.nodeName),
    { name: 'Attached', type: 'boolean', cell: ({ status }) => status.attached },
    ageColumn(),
  ],
});
