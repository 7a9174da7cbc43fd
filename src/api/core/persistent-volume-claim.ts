import { validateAmount } from './resources.ts';
import { ageColumn, nameColumn, textColumn, wideColumn } from '../columns.ts';
import type { FieldError } from '../field-error.ts';
import { forbiddenField, notSupportedField } from '../field-error.ts';
import { defineKind } from '../kind.ts';
import { ifSet } from '../values/if-set.ts';
import { tryParseQuantity } from '../values/quantity.ts';
import { semanticallyEqual, validateImmutable } from '../validation/equality.ts';
import { accessModesCell } from './access-modes.ts';
import { fractionWarning } from './fraction-warning.ts';
import { defaultClaimSpec, validateClaimSpec } from './persistent-volume-claim-spec.ts';
import { PersistentVolumeClaim } from './persistent-volume-claim.schema.ts';
import { storageClassAnnotation, storageClassAnnotationWarning } from './storage-class-annotation.ts';

/** The class that a claim names, in its field or, as long ago, in an annotation. */
export function claimClass({ metadata, spec }: Pick<PersistentVolumeClaim, 'metadata' | 'spec'>): string {
  return metadata.annotations?.[storageClassAnnotation] ?? spec.storageClassName ?? '';
}

const isBound = ({ spec }: PersistentVolumeClaim): boolean => (spec.volumeName ?? '') !== '';

function statusCell({ metadata, status }: PersistentVolumeClaim): string {
  return metadata.deletionTimestamp === undefined ? (status.phase ?? '') : 'Terminating';
}

const sizeOf = (list: Readonly<Record<string, string>> | undefined): bigint | undefined =>
  tryParseQuantity(list?.['storage'])?.nanos;

/** The new specification with all that may change put back: how much storage a bound claim asks for, and its class. */
function withChangeableOf({ spec, status }: PersistentVolumeClaim, was: PersistentVolumeClaim['spec']): unknown {
  const bound = status.phase === 'Bound';
  const storage = was.resources.requests?.['storage'];
  return {
    ...spec,
    ...(bound && storage !== undefined
      ? { resources: { ...spec.resources, requests: { ...spec.resources.requests, storage } } }
      : {}),
    ...(bound && spec.volumeAttributesClassName !== undefined
      ? { volumeAttributesClassName: was.volumeAttributesClassName }
      : {}),
    ...((was.volumeName ?? '') === '' ? { volumeName: was.volumeName } : {}),
    // A claim that was made before there was a default class may be given one.
    ...(was.storageClassName === undefined ? { storageClassName: undefined } : {}),
  };
}

const resizeStates = [
  'ControllerResizeInProgress',
  'ControllerResizeInfeasible',
  'NodeResizePending',
  'NodeResizeInProgress',
  'NodeResizeInfeasible',
].toSorted();

/** The faults of what is reported of a claim: amounts below zero, and states of a resize that there are not. */
function validateClaimStatus({ status = {} }: PersistentVolumeClaim): FieldError[] {
  const { capacity = {}, allocatedResources = {}, allocatedResourceStatuses = {} } = status;
  const amounts = (list: Readonly<Record<string, string>>, path: string): FieldError[] =>
    Object.entries(list).flatMap(([name, amount]) => validateAmount('storage', amount, `${path}[${name}]`));
  return [
    ...amounts(capacity, 'status.capacity'),
    ...Object.entries(allocatedResourceStatuses).flatMap(([name, state]) =>
      resizeStates.includes(state) ? [] : [notSupportedField('status.allocatedResourceStatuses', name, resizeStates)],
    ),
    ...amounts(allocatedResources, 'status.allocatedResources'),
  ];
}

/** A claim's wishes are fixed, but for more storage, the volume it gets, and a class given later. */
function validateChange(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const { spec } = claim;
  const was = old.spec;
  const errors: FieldError[] = [];
  if (!semanticallyEqual(withChangeableOf(claim, was), was)) {
    const message =
      'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
    errors.push(forbiddenField('spec', message));
  }
  const [size, before] = [sizeOf(spec.resources.requests), sizeOf(was.resources.requests)];
  const capacity = sizeOf(old.status.capacity) ?? 0n;
  // A wish that could not be met may be taken back, as far as to what there is.
  if (size !== undefined && before !== undefined && size < before && size <= capacity) {
    errors.push(forbiddenField('spec.resources.requests.storage', 'field can not be less than status.capacity'));
  }
  errors.push(...validateImmutable(spec.volumeMode, was.volumeMode, 'volumeMode'));
  if (was.volumeAttributesClassName !== undefined && spec.volumeAttributesClassName === undefined) {
    const path = 'spec.volumeAttributesClassName';
    errors.push(forbiddenField(path, 'update from non-nil value to nil is forbidden'));
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
  validateStatus: validateClaimStatus,
  warnings: ({ metadata, spec }) => [
    ...storageClassAnnotationWarning(metadata),
    ...fractionWarning(spec.resources.requests?.['storage'], 'spec.resources.requests[storage]'),
  ],
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
