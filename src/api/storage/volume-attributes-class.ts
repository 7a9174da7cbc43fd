import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { requiredField } from '../field-error.ts';
import { defineKind } from '../kind.ts';
import { validateDriverName, validateFixed, validateParameters } from './parameters.ts';
import { VolumeAttributesClass } from './volume-attributes-class.schema.ts';

export const volumeAttributesClassKind = defineKind<VolumeAttributesClass>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttributesClass',
  plural: 'volumeattributesclasses',
  shortNames: ['vac'],
  namespaced: false,
  schema: VolumeAttributesClass,
  validate: ({ driverName, parameters = {} }) => [
    ...validateDriverName(driverName, 'driverName'),
    ...validateParameters(parameters, 'parameters'),
    ...(Object.keys(parameters).length === 0
      ? [requiredField('parameters', 'must contain at least one key/value pair')]
      : []),
  ],
  validateUpdate: (attributes, old) => validateFixed(attributes, old, ['driverName', 'parameters']),
  columns: [nameColumn(), textColumn('DriverName', ({ driverName }) => driverName), ageColumn()],
});
