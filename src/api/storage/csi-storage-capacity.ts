import { nameColumn, textColumn } from '../columns.ts';
import type { FieldError } from '../field-error.ts';
import { invalidField, invalidFields } from '../field-error.ts';
import { defineKind } from '../kind.ts';
import { validateImmutable } from '../validation/equality.ts';
import { dnsSubdomainComplaints } from '../validation/names.ts';
import { notNegative } from '../validation/numbers.ts';
import { validateLabelSelector } from '../values/label-selector.ts';
import { tryParseQuantity } from '../values/quantity.ts';
import { CSIStorageCapacity } from './csi-storage-capacity.schema.ts';

function validateCapacity({ nodeTopology, storageClassName, capacity }: CSIStorageCapacity): FieldError[] {
  const parsed = tryParseQuantity(capacity);
  return [
    ...validateLabelSelector(nodeTopology, 'nodeTopology'),
    ...invalidFields('storageClassName', storageClassName, dnsSubdomainComplaints(storageClassName)),
    ...(parsed !== undefined && parsed.nanos < 0n ? [invalidField('capacity', capacity, notNegative)] : []),
  ];
}

export const csiStorageCapacityKind = defineKind<CSIStorageCapacity>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIStorageCapacity',
  plural: 'csistoragecapacities',
  namespaced: true,
  schema: CSIStorageCapacity,
  validate: validateCapacity,
  validateUpdate: (capacity, old) => [
    ...validateImmutable(capacity.nodeTopology, old.nodeTopology, 'nodeTopology'),
    ...validateImmutable(capacity.storageClassName, old.storageClassName, 'storageClassName'),
  ],
  columns: [
    nameColumn(),
    textColumn('StorageClassName', ({ storageClassName }) => storageClassName),
    textColumn('Capacity', ({ capacity }) => capacity ?? '<unset>'),
  ],
});
