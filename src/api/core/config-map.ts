import { ageColumn, countColumn, nameColumn } from '../columns.ts';
import type { FieldError } from '../field-error.ts';
import { invalidField, tooLongField } from '../field-error.ts';
import { defineKind } from '../kind.ts';
import { configMapKeyComplaints } from '../validation/names.ts';
import { ConfigMap } from './config-map.schema.ts';
import { validateKept } from './kept-data.ts';

/** All values together, as upstream limits what etcd must take. */
const maxBytes = 1024 * 1024;

function validateConfigMap({ data = {}, binaryData = {} }: ConfigMap): FieldError[] {
  const keys = (values: object, path: string): FieldError[] =>
    Object.keys(values).flatMap((key) =>
      configMapKeyComplaints(key).map((text) => invalidField(`${path}[${key}]`, key, text)),
    );
  const both = Object.keys(data).filter((key) => Object.hasOwn(binaryData, key));
  const text = Object.values(data).reduce((sum, value) => sum + Buffer.byteLength(value), 0);
  const binary = Object.values(binaryData).reduce((sum, value) => sum + Buffer.byteLength(value, 'base64'), 0);
  return [
    ...keys(data, 'data'),
    ...keys(binaryData, 'binaryData'),
    ...both.map((key) => invalidField(`data[${key}]`, key, 'duplicate of key present in binaryData')),
    ...(text + binary > maxBytes ? [tooLongField('', maxBytes)] : []),
  ];
}

export const configMapKind = defineKind<ConfigMap>({
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  shortNames: ['cm'],
  namespaced: true,
  schema: ConfigMap,
  validate: validateConfigMap,
  validateUpdate: (configMap, old) => validateKept(configMap, old, ['data', 'binaryData']),
  columns: [
    nameColumn(),
    countColumn('Data', ({ data = {}, binaryData = {} }) => Object.keys(data).length + Object.keys(binaryData).length),
    ageColumn(),
  ],
});
