import { validateHostPath } from './volume.ts';
import { ageColumn, nameColumn, textColumn, wideColumn } from '../columns.ts';
import type { FieldError } from '../field-error.ts';
import { forbiddenField, notSupportedField, requiredField } from '../field-error.ts';
import { defineKind } from '../kind.ts';
import { semanticallyEqual, validateImmutable } from '../validation/equality.ts';
import { accessModesCell } from './access-modes.ts';
import { nodeSelectorTermWarnings } from './node-label-warnings.ts';
import { validateAccessModes, validateClassName, validatePositive } from './persistent-volume-claim-spec.ts';
import type { PersistentVolumeSpec } from './persistent-volume.schema.ts';
import { PersistentVolume } from './persistent-volume.schema.ts';
import { storageClassAnnotationWarning } from './storage-class-annotation.ts';

/** The fields of a volume's spec that are not its source. */
const commonFields = new Set([
  'capacity',
  'accessModes',
  'claimRef',
  'persistentVolumeReclaimPolicy',
  'storageClassName',
  'mountOptions',
  'volumeMode',
  'nodeAffinity',
  'volumeAttributesClassName',
]);

/** The source of a volume: the one field of its spec that says where it is. */
function sourceOf(spec: PersistentVolumeSpec): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(spec).filter(([field, value]) => !commonFields.has(field) && value !== undefined),
  );
}

function validateVolume({ spec }: PersistentVolume): FieldError[] {
  const sources = Object.keys(sourceOf(spec));
  const storage = spec.capacity?.['storage'];
  return [
    ...validateAccessModes(spec.accessModes, 'spec.accessModes'),
    ...(storage === undefined ? [requiredField('spec.capacity')] : validatePositive(storage, 'spec.capacity[storage]')),
    ...(storage !== undefined && Object.keys(spec.capacity ?? {}).length > 1
      ? [notSupportedField('spec.capacity', spec.capacity, ['storage'])]
      : []),
    ...(spec.hostPath === undefined ? [] : validateHostPath(spec.hostPath.path, 'spec.hostPath.path')),
    ...(spec.local?.path === '' ? [requiredField('spec.local.path')] : []),
    ...(spec.persistentVolumeReclaimPolicy === 'Recycle' && /^\/+$/.test(spec.hostPath?.path ?? '')
      ? [forbiddenField('spec.persistentVolumeReclaimPolicy', "may not be 'recycle' for a hostPath mount of '/'")]
      : []),
    ...(sources.length === 0 ? [requiredField('spec', 'must specify a volume type')] : []),
    ...sources.slice(1).map((name) => forbiddenField(`spec.${name}`, 'may not specify more than 1 volume type')),
    ...validateClassName(spec.storageClassName, 'spec.storageClassName'),
    ...(spec.local !== undefined && spec.nodeAffinity === undefined
      ? [requiredField('spec.nodeAffinity', 'Local volume requires node affinity')]
      : []),
  ];
}

function validateChange({ spec }: PersistentVolume, { spec: old }: PersistentVolume): FieldError[] {
  const source = 'spec.persistentvolumesource';
  return [
    ...(semanticallyEqual(sourceOf(spec), sourceOf(old))
      ? []
      : [forbiddenField(source, `${source} is immutable after creation`)]),
    ...validateImmutable(spec.volumeMode, old.volumeMode, 'volumeMode'),
    // A volume that says nothing of its place may be given one.
    ...(old.nodeAffinity === undefined
      ? []
      : validateImmutable(spec.nodeAffinity, old.nodeAffinity, 'spec.nodeAffinity')),
  ];
}

function volumeWarnings({ metadata, spec }: PersistentVolume): string[] {
  const terms = spec.nodeAffinity?.required?.nodeSelectorTerms ?? [];
  const recycled =
    'The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.';
  return [
    ...storageClassAnnotationWarning(metadata),
    ...(spec.persistentVolumeReclaimPolicy === 'Recycle' ? [`spec.persistentVolumeReclaimPolicy: ${recycled}`] : []),
    ...terms.flatMap((term, index) =>
      nodeSelectorTermWarnings(term, `spec.nodeAffinity.required.nodeSelectorTerms[${index}]`),
    ),
  ];
}

const claimCell = ({ claimRef }: PersistentVolumeSpec): string =>
  claimRef === undefined ? '' : `${claimRef.namespace ?? ''}/${claimRef.name ?? ''}`;

export const persistentVolumeKind = defineKind<PersistentVolume>({
  group: '',
  version: 'v1',
  kind: 'PersistentVolume',
  plural: 'persistentvolumes',
  shortNames: ['pv'],
  namespaced: false,
  schema: PersistentVolume,
  subresources: {
    status: true,
  },
  defaults: (volume) => ({
    ...volume,
    spec: {
      ...volume.spec,
      persistentVolumeReclaimPolicy: volume.spec.persistentVolumeReclaimPolicy ?? 'Retain',
      volumeMode: volume.spec.volumeMode ?? 'Filesystem',
    },
  }),
  prepareForCreate: (volume, { now }) => ({ ...volume, status: { phase: 'Pending', lastPhaseTransitionTime: now } }),
  validate: validateVolume,
  validateUpdate: validateChange,
  warnings: volumeWarnings,
  columns: [
    nameColumn(),
    textColumn('Capacity', ({ spec }) => spec.capacity?.['storage'] ?? ''),
    textColumn('Access Modes', ({ spec }) => accessModesCell(spec.accessModes)),
    textColumn('Reclaim Policy', ({ spec }) => spec.persistentVolumeReclaimPolicy ?? ''),
    textColumn('Status', ({ metadata, status }) =>
      metadata.deletionTimestamp === undefined ? (status.phase ?? '') : 'Terminating',
    ),
    textColumn('Claim', ({ spec }) => claimCell(spec)),
    textColumn('StorageClass', ({ spec }) => spec.storageClassName ?? ''),
    textColumn('VolumeAttributesClass', ({ spec }) => spec.volumeAttributesClassName ?? '<unset>'),
    textColumn('Reason', ({ status }) => status.reason ?? ''),
    ageColumn(),
    wideColumn('VolumeMode', ({ spec }) => spec.volumeMode ?? '<unset>'),
  ],
});
