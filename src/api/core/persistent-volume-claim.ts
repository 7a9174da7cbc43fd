import { ageColumn, nameColumn, textColumn, wideColumn } from '../columns.ts';
import type { FieldError } from '../field-error.ts';
import { forbiddenField } from '../field-error.ts';
import { defineKind } from '../kind.ts';
import { ifSet } from '../values/if-set.ts';
import { tryParseQuantity } from '../values/quantity.ts';
import { semanticallyEqual } from '../validation/equality.ts';
import { accessModesCell } from './access-modes.ts';
import { defaultClaimSpec, validateClaimSpec } from './persistent-volume-claim-spec.ts';
import { PersistentVolumeClaim } from './persistent-volume-claim.schema.ts';

/** The class that a claim names, in its field or, as long ago, in an annotation. */
export function claimClass({ metadata, spec }: Pick<PersistentVolumeClaim, 'metadata' | 'spec'>): string {
  return metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec.storageClassName ?? '';
}

const isBound = ({ spec }: PersistentVolumeClaim): boolean => (spec.volumeName ?? '') !== '';

function statusCell({ metadata, status }: PersistentVolumeClaim): string {
  return metadata.deletionTimestamp === undefined ? (status.phase ?? '') : 'Terminating';
}

/** A claim's wishes are fixed, but for more storage, the volume it gets, and a class given later. */
function validateChange({ spec, status }: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const size = (claim: PersistentVolumeClaim['spec']): bigint | undefined =>
    tryParseQuantity(claim.resources?.requests?.['storage'] ?? '')?.nanos;
  const was = old.spec;
  const fixed = {
    ...spec,
    resources: was.resources,
    volumeAttributesClassName: was.volumeAttributesClassName,
    ...((was.volumeName ?? '') === '' ? { volumeName: was.volumeName } : {}),
    ...(was.storageClassName === undefined ? { storageClassName: undefined } : {}),
  };
  const errors: FieldError[] = [];
  if (!semanticallyEqual(fixed, was)) {
    errors.push(
      forbiddenField(
        'spec',
        'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
      ),
    );
  }
  const [newSize, oldSize] = [size(spec), size(was)];
  if (
    newSize !== undefined &&
    oldSize !== undefined &&
    newSize < oldSize &&
    size({ ...spec, resources: { requests: status.capacity ?? {} } }) === oldSize
  ) {
    errors.push(forbiddenField('spec.resources.requests.storage', 'field can not be less than previous value'));
  }
  return errors;
}

export const persistentVolumeClaimKind = defineKind<PersistentVolumeClaim>({
  group: '',
  version: 'v1',
  kind: 'PersistentVolumeClaim',
  plural: 'persistentvolumeclaims',
  shortNames: ['pvc'],
  namespaced: true,
  schema: PersistentVolumeClaim,
  subresources: {
    status: true,
  },
  defaults: (claim) => ({ ...claim, ...ifSet('spec', claim.spec, defaultClaimSpec) }),
  prepareForCreate: (claim) => ({ ...claim, status: { phase: 'Pending' } }),
  validate: ({ spec }) => validateClaimSpec(spec, 'spec'),
  validateUpdate: validateChange,
  columns: [
    nameColumn(),
    textColumn('Status', statusCell),
    textColumn('Volume', ({ spec }) => spec.volumeName ?? ''),
    textColumn('Capacity', (claim) => (isBound(claim) ? (claim.status.capacity?.['storage'] ?? '') : '')),
    textColumn('Access Modes', (claim) => (isBound(claim) ? accessModesCell(claim.status.accessModes) : '')),
    textColumn('StorageClass', claimClass),
    textColumn('VolumeAttributesClass', ({ spec }) => spec.volumeAttributesClassName ?? '<unset>'),
    ageColumn(),
    wideColumn('VolumeMode', ({ spec }) => spec.volumeMode ?? '<unset>'),
  ],
});
