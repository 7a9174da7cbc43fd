import type { FieldError } from '../field-error.ts';
import { duplicateField, invalidField, requiredField, tooLongField, tooManyField } from '../field-error.ts';
import type {
  CustomResourceColumnDefinition,
  CustomResourceDefinitionVersion,
  CustomResourceSubresourceScale,
} from './custom-resource-definition.schema.ts';
import { validateRootSchema } from './validate-schema.ts';

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string'];
const columnFormats = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];
const maxSelectableFields = 8;
const maxDeprecationWarning = 256;

/** `.spec.replicas`: the plain paths that scales and selectable fields take. */
const simplePath = /^(\.[A-Za-z_][\w-]*)+$/;

function validateColumn(column: CustomResourceColumnDefinition, path: string): FieldError[] {
  const { name, type, format = '', jsonPath } = column;
  const errors: FieldError[] = [];
  if (name === '') errors.push(requiredField(`${path}.name`));
  if (type === '') errors.push(requiredField(`${path}.type`, `must be one of ${columnTypes.join(',')}`));
  else if (!columnTypes.includes(type)) {
    errors.push(invalidField(`${path}.type`, type, `must be one of ${columnTypes.join(',')}`));
  }
  if (format !== '' && !columnFormats.includes(format)) {
    errors.push(invalidField(`${path}.format`, format, `must be one of ${columnFormats.join(',')}`));
  }
  if (jsonPath === '') errors.push(requiredField(`${path}.jsonPath`));
  return errors;
}

function validatePath(value: string, path: string, roots: readonly string[], wording: string): FieldError[] {
  if (value === '') return [requiredField(path)];
  if (!simplePath.test(value)) {
    const text = 'must be a simple json path without array notation, such as .spec.replicas';
    return [invalidField(path, value, text)];
  }
  if (roots.some((root) => value.startsWith(`${root}.`))) return [];
  return [invalidField(path, value, `should be a json path under ${wording}`)];
}

function validateScale(scale: CustomResourceSubresourceScale, path: string): FieldError[] {
  const { specReplicasPath, statusReplicasPath, labelSelectorPath = '' } = scale;
  return [
    ...validatePath(specReplicasPath, `${path}.specReplicasPath`, ['.spec'], '.spec'),
    ...validatePath(statusReplicasPath, `${path}.statusReplicasPath`, ['.status'], '.status'),
    ...(labelSelectorPath === ''
      ? []
      : validatePath(labelSelectorPath, `${path}.labelSelectorPath`, ['.spec', '.status'], 'either .spec or .status')),
  ];
}

function validateSelectableFields(version: CustomResourceDefinitionVersion, path: string): FieldError[] {
  const { selectableFields = [], schema } = version;
  const errors: FieldError[] = [];
  if (selectableFields.length > maxSelectableFields) {
    errors.push(tooManyField(path, selectableFields.length, maxSelectableFields));
  }
  const seen = new Set<string>();
  for (const [index, { jsonPath }] of selectableFields.entries()) {
    const field = `${path}[${index}].jsonPath`;
    if (jsonPath === '') errors.push(requiredField(field));
    else if (seen.has(jsonPath)) errors.push(duplicateField(field, jsonPath));
    else if (!simplePath.test(jsonPath)) {
      errors.push(invalidField(field, jsonPath, 'is an invalid path: must be a simple path of fields'));
    } else if (/^\.metadata(\.|$)/.test(jsonPath)) {
      errors.push(invalidField(field, jsonPath, 'must not point to fields in metadata'));
    } else errors.push(...validateSelected(schema?.openAPIV3Schema, jsonPath, field));
    seen.add(jsonPath);
  }
  return errors;
}

/** A field selector compares texts: what it looks at must be a string, a whole number or a boolean. */
function validateSelected(
  root: NonNullable<CustomResourceDefinitionVersion['schema']>['openAPIV3Schema'],
  jsonPath: string,
  field: string,
): FieldError[] {
  let schema = root;
  for (const name of jsonPath.slice(1).split('.')) schema = schema?.properties?.[name];
  if (schema === undefined) {
    return [invalidField(field, jsonPath, 'is an invalid path: does not refer to a valid field')];
  }
  if (['string', 'integer', 'boolean'].includes(schema.type ?? '')) return [];
  const text = `must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.`;
  return [invalidField(field, jsonPath, text)];
}

/** What is wrong with one version of a definition. */
export function validateVersion(version: CustomResourceDefinitionVersion, path: string): FieldError[] {
  const { deprecated, deprecationWarning = '', additionalPrinterColumns = [], subresources, schema } = version;
  const errors: FieldError[] = [];
  if (deprecationWarning !== '' && deprecated !== true) {
    errors.push(
      invalidField(`${path}.deprecationWarning`, deprecationWarning, 'can only be set for deprecated versions'),
    );
  }
  if (Buffer.byteLength(deprecationWarning) > maxDeprecationWarning) {
    errors.push(tooLongField(`${path}.deprecationWarning`, maxDeprecationWarning));
  }
  const root = schema?.openAPIV3Schema;
  const schemaPath = `${path}.schema.openAPIV3Schema`;
  if (root === undefined) errors.push(requiredField(schemaPath, 'schemas are required'));
  else errors.push(...validateRootSchema(root, schemaPath));
  const columnsPath = `${path}.additionalPrinterColumns`;
  errors.push(
    ...additionalPrinterColumns.flatMap((column, index) => validateColumn(column, `${columnsPath}[${index}]`)),
  );
  if (subresources?.scale !== undefined) {
    errors.push(...validateScale(subresources.scale, `${path}.subresources.scale`));
  }
  return [...errors, ...validateSelectableFields(version, `${path}.selectableFields`)];
}
