import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { deprecatedNodeLabel } from '../core/node-label-warnings.ts';
import { notSupportedField } from '../field-error.ts';
import { defineKind } from '../kind.ts';
import { validateImmutable } from '../validation/equality.ts';
import { validateDriverName, validateFixed, validateParameters } from './parameters.ts';
import { StorageClass } from './storage-class.schema.ts';
import { validateTopologies } from './topologies.ts';

const defaultAnnotation = 'storageclass.kubernetes.io/is-default-class';

/** True for a class that claims without one get. */
export function isDefaultClass({ metadata: { annotations = {} } }: Pick<StorageClass, 'metadata'>): boolean {
  return (
    annotations[defaultAnnotation] === 'true' ||
    annotations['storageclass.beta.kubernetes.io/is-default-class'] === 'true'
  );
}

export const storageClassKind = defineKind<StorageClass>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'StorageClass',
  plural: 'storageclasses',
  shortNames: ['sc'],
  namespaced: false,
  schema: StorageClass,
  defaults: (storageClass) => ({
    ...storageClass,
    reclaimPolicy: storageClass.reclaimPolicy ?? 'Delete',
    volumeBindingMode: storageClass.volumeBindingMode ?? 'Immediate',
  }),
  validate: ({ provisioner, parameters, reclaimPolicy, allowedTopologies = [] }) => [
    ...validateDriverName(provisioner, 'provisioner'),
    ...validateParameters(parameters, 'parameters'),
    ...(reclaimPolicy === 'Recycle' ? [notSupportedField('reclaimPolicy', reclaimPolicy, ['Delete', 'Retain'])] : []),
    ...validateTopologies(allowedTopologies, 'allowedTopologies'),
  ],
  validateUpdate: (storageClass, old) => [
    ...validateFixed(storageClass, old, ['parameters', 'provisioner', 'reclaimPolicy']),
    ...validateImmutable(storageClass.volumeBindingMode, old.volumeBindingMode, 'volumeBindingMode'),
  ],
  warnings: ({ allowedTopologies = [] }) =>
    allowedTopologies.flatMap(({ matchLabelExpressions = [] }, term) =>
      matchLabelExpressions.flatMap(({ key }, index) => {
        const message = deprecatedNodeLabel(key);
        const path = `allowedTopologies[${term}].matchLabelExpressions[${index}].key`;
        return message === undefined ? [] : [`${path}: ${key} is ${message}`];
      }),
    ),
  columns: [
    nameColumn((storageClass) => `${storageClass.metadata.name}${isDefaultClass(storageClass) ? ' (default)' : ''}`),
    textColumn('Provisioner', ({ provisioner }) => provisioner),
    textColumn('ReclaimPolicy', ({ reclaimPolicy }) => reclaimPolicy ?? ''),
    textColumn('VolumeBindingMode', ({ volumeBindingMode }) => volumeBindingMode ?? ''),
    textColumn('AllowVolumeExpansion', ({ allowVolumeExpansion }) => String(allowVolumeExpansion === true)),
    ageColumn(),
  ],
});
