import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { defineKind } from '../kind.ts';
import { requiredField } from '../field-error.ts';
import { validateImmutable } from '../validation/equality.ts';
import { StorageClass } from './storage-class.schema.ts';

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
  validate: ({ provisioner }) => (provisioner === '' ? [requiredField('provisioner')] : []),
  validateUpdate: (storageClass, old) => [
    ...validateImmutable(storageClass.parameters, old.parameters, 'parameters'),
    ...validateImmutable(storageClass.provisioner, old.provisioner, 'provisioner'),
    ...validateImmutable(storageClass.reclaimPolicy, old.reclaimPolicy, 'reclaimPolicy'),
    ...validateImmutable(storageClass.volumeBindingMode, old.volumeBindingMode, 'volumeBindingMode'),
  ],
  columns: [
    nameColumn((storageClass) => `${storageClass.metadata.name}${isDefaultClass(storageClass) ? ' (default)' : ''}`),
    textColumn('Provisioner', ({ provisioner }) => provisioner),
    textColumn('ReclaimPolicy', ({ reclaimPolicy }) => reclaimPolicy ?? ''),
    textColumn('VolumeBindingMode', ({ volumeBindingMode }) => volumeBindingMode ?? ''),
    textColumn('AllowVolumeExpansion', ({ allowVolumeExpansion }) => String(allowVolumeExpansion === true)),
    ageColumn(),
  ],
});
