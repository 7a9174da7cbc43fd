/**
 * The rules for the schemas of custom resources: they must be structural.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
import type { FieldError } from '../field-error.ts';
import { forbiddenField, invalidField, notSupportedField, requiredField } from '../field-error.ts';
import type { JSONSchemaProps } from './json-schema-props.schema.ts';
import { validateListType, validateMapType } from './validate-list-type.ts';
import { validateValueParts } from './validate-value-parts.ts';

type Level = 'root' | 'field' | 'item';
const types = ['array', 'boolean', 'integer', 'number', 'object', 'string'];

const unsupported = ['$ref', 'id', 'definitions', 'dependencies', 'patternProperties', 'additionalItems'] as const;

/** True where a schema takes both numbers and texts. */
export const isIntOrString = (schema: JSONSchemaProps): boolean => schema['x-kubernetes-int-or-string'] === true;
/** True where fields that a schema does not name are kept. */
export const preservesUnknown = (schema: JSONSchemaProps): boolean =>
  schema['x-kubernetes-preserve-unknown-fields'] === true;
/** True where a schema describes a whole object, with apiVersion, kind and metadata. */
export const isEmbedded = (schema: JSONSchemaProps): boolean => schema['x-kubernetes-embedded-resource'] === true;
/** The one schema of all keys that `properties` does not name. */
export const valuesOf = (schema: JSONSchemaProps): JSONSchemaProps | undefined =>
  typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;

/** What holds for every schema, wherever it stands. */
export function validateKeywords(schema: JSONSchemaProps, path: string): FieldError[] {
  const { type = '', additionalProperties, properties, uniqueItems } = schema;
  const errors: FieldError[] = unsupported
    .filter((keyword) => schema[keyword] !== undefined && schema[keyword] !== '')
    .map((keyword) => forbiddenField(`${path}.${keyword}`, `${keyword} is not supported`));
  if (uniqueItems === true) {
    const text = 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic';
    errors.push(forbiddenField(`${path}.uniqueItems`, text));
  }
  if (additionalProperties === false) {
    errors.push(forbiddenField(`${path}.additionalProperties`, 'additionalProperties cannot be set to false'));
  } else if (additionalProperties !== undefined && Object.keys(properties ?? {}).length > 0) {
    const text = 'additionalProperties and properties are mutual exclusive';
    errors.push(forbiddenField(`${path}.additionalProperties`, text));
  }
  if (type === 'null') {
    errors.push(forbiddenField(`${path}.type`, 'type cannot be set to null, use nullable as an alternative'));
  } else if (type !== '' && !types.includes(type)) errors.push(notSupportedField(`${path}.type`, type, types));
  if (Array.isArray(schema.items)) {
    errors.push(forbiddenField(`${path}.items`, 'items must be a schema object and not an array'));
  }
  return errors;
}

function validateType(schema: JSONSchemaProps, path: string, level: Level): FieldError[] {
  const { type = '' } = schema;
  if (level === 'root') {
    if (type === '') return [requiredField(`${path}.type`, 'must not be empty at the root')];
    return type === 'object' ? [] : [invalidField(`${path}.type`, type, 'must be object at the root')];
  }
  if (isIntOrString(schema)) {
    const text = 'must be empty if x-kubernetes-int-or-string is true';
    return type === '' ? [] : [invalidField(`${path}.type`, type, text)];
  }
  if (type !== '' || preservesUnknown(schema)) return [];
  const what = level === 'item' ? 'array items' : 'object fields';
  return [requiredField(`${path}.type`, `must not be empty for specified ${what}`)];
}

function validateExtensions(schema: JSONSchemaProps, path: string): FieldError[] {
  const { type = '' } = schema;
  const errors: FieldError[] = [];
  const flag = schema['x-kubernetes-preserve-unknown-fields'];
  if (flag === false) {
    const text = 'must be true or undefined';
    errors.push(invalidField(`${path}.x-kubernetes-preserve-unknown-fields`, false, text));
  }
  if (isEmbedded(schema)) {
    const text = 'must be object if x-kubernetes-embedded-resource is true';
    if (type === '') errors.push(requiredField(`${path}.type`, text));
    else if (type !== 'object') errors.push(invalidField(`${path}.type`, type, text));
    if (!preservesUnknown(schema) && Object.keys(schema.properties ?? {}).length === 0) {
      const missing =
        'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields';
      errors.push(requiredField(`${path}.properties`, missing));
    }
  }
  return [...errors, ...validateListType(schema, path), ...validateMapType(schema, path)];
}

const allowedInMetadata = new Set(['name', 'generateName']);

/** Metadata is everywhere the same: a schema may only narrow the names down. */
function validateMetadata(metadata: JSONSchemaProps | undefined, path: string): FieldError[] {
  if (metadata === undefined) return [];
  const { type, properties = {}, description: _description, ...rest } = metadata;
  const isPlain =
    Object.keys(rest).length === 0 && Object.keys(properties).every((name) => allowedInMetadata.has(name));
  const errors: FieldError[] = [];
  if (type !== 'object') errors.push(invalidField(`${path}.type`, type ?? '', 'must be object'));
  if (isPlain) return errors;
  const text = 'must not specify anything other than name and generateName, but metadata is implicitly specified';
  return [...errors, forbiddenField(path, text)];
}

function validateNode(schema: JSONSchemaProps, path: string, level: Level): FieldError[] {
  const { type = '', properties = {}, items } = schema;
  const errors = [
    ...validateKeywords(schema, path),
    ...validateType(schema, path, level),
    ...validateExtensions(schema, path),
    ...validateValueParts(schema, path),
  ];
  if (level === 'root' || isEmbedded(schema)) {
    errors.push(...validateMetadata(properties['metadata'], `${path}.properties[metadata]`));
    for (const name of ['apiVersion', 'kind']) {
      const own = properties[name]?.type;
      if (own !== undefined && own !== 'string') {
        errors.push(invalidField(`${path}.properties[${name}].type`, own, 'must be string'));
      }
    }
  }
  if (type === 'array' && items === undefined) errors.push(requiredField(`${path}.items`, 'must be specified'));
  for (const [name, property] of Object.entries(properties)) {
    errors.push(...validateNode(property, `${path}.properties[${name}]`, 'field'));
  }
  const values = valuesOf(schema);
  if (values !== undefined) errors.push(...validateNode(values, `${path}.additionalProperties`, 'field'));
  if (items !== undefined && !Array.isArray(items)) errors.push(...validateNode(items, `${path}.items`, 'item'));
  return errors;
}

/** What keeps a schema from being structural, and what else it may not say. */
export function validateRootSchema(schema: JSONSchemaProps, path: string): FieldError[] {
  return validateNode(schema, path, 'root');
}
