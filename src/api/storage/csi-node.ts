import { ageColumn, countColumn, nameColumn } from '../columns.ts';
import type { FieldError } from '../field-error.ts';
import { duplicateField, invalidField, requiredField } from '../field-error.ts';
import { defineKind } from '../kind.ts';
import { validateImmutable } from '../validation/equality.ts';
import { validateLabelName } from '../validation/labels.ts';
import { validateNonNegative } from '../validation/numbers.ts';
import { validateCsiDriverName } from './csi-name.ts';
import { CSINode } from './csi-node.schema.ts';
import type { CSINodeDriver } from './csi-node.schema.ts';

const maxNodeId = 256;

function validateDriver(driver: CSINodeDriver, path: string): FieldError[] {
  const { name, nodeID, topologyKeys = [], allocatable } = driver;
  return [
    ...validateCsiDriverName(name, `${path}.name`),
    ...(nodeID === '' ? [requiredField(`${path}.nodeID`)] : []),
    ...(nodeID.length > maxNodeId
      ? [invalidField(`${path}.nodeID`, nodeID, `must be ${maxNodeId} characters or less`)]
      : []),
    ...validateNonNegative(allocatable?.count, `${path}.allocatable.count`),
    ...topologyKeys.flatMap((key, index) => [
      ...(key === '' ? [requiredField(path)] : []),
      ...(topologyKeys.indexOf(key) < index ? [duplicateField(path, key)] : []),
      ...validateLabelName(key, path),
    ]),
  ];
}

/** A driver may come and go; while it is there, only the number of its volumes changes. */
function validateChange({ spec: { drivers } }: CSINode, { spec: { drivers: old } }: CSINode): FieldError[] {
  return old.flatMap(({ allocatable: _before, ...before }) =>
    drivers
      .filter(({ name }) => name === before.name)
      .flatMap(({ allocatable: _after, ...after }) => validateImmutable(after, before, 'spec.drivers')),
  );
}

export const csiNodeKind = defineKind<CSINode>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSINode',
  plural: 'csinodes',
  namespaced: false,
  schema: CSINode,
  // A node without drivers yet; Go writes the empty list as null.
  defaults: (node) => ({ ...node, spec: { ...node.spec, drivers: node.spec.drivers ?? [] } }),
  validate: ({ spec: { drivers } }) =>
    drivers.flatMap((driver, index) => {
      const path = `spec.drivers[${index}]`;
      const repeated = drivers.findIndex(({ name }) => name === driver.name) < index;
      return [...validateDriver(driver, path), ...(repeated ? [duplicateField(`${path}.name`, driver.name)] : [])];
    }),
  validateUpdate: validateChange,
  columns: [nameColumn(), countColumn('Drivers', ({ spec }) => spec.drivers.length), ageColumn()],
});
