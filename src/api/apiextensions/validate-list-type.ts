import type { FieldError } from '../field-error.ts';
import { forbiddenField, invalidField, notSupportedField, requiredField } from '../field-error.ts';
import type { JSONSchemaProps } from './json-schema-props.schema.ts';

const scalars = new Set(['boolean', 'integer', 'number', 'string']);

/** The rules for `x-kubernetes-list-type` and `x-kubernetes-list-map-keys`. */
export function validateListType(schema: JSONSchemaProps, path: string): FieldError[] {
  const { type = '', items } = schema;
  const listType = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const errors: FieldError[] = [];
  if (listType === undefined || listType !== 'map') {
    if (keys.length > 0) {
      const text = 'must be empty if x-kubernetes-list-type is not map';
      errors.push(forbiddenField(`${path}.x-kubernetes-list-map-keys`, text));
    }
  }
  if (listType === undefined) return errors;
  if (type !== 'array') {
    errors.push(invalidField(`${path}.type`, type, 'must be array if x-kubernetes-list-type is specified'));
  }
  switch (listType) {
    case 'atomic':
      break;
    case 'set':
      if (items !== undefined) errors.push(...validateSetItems(items, `${path}.items`));
      break;
    case 'map':
      errors.push(...validateMapItems(items, keys, path));
      break;
    default:
      errors.push(notSupportedField(`${path}.x-kubernetes-list-type`, listType, ['atomic', 'map', 'set']));
  }
  return errors;
}

function validateSetItems(items: JSONSchemaProps, path: string): FieldError[] {
  const { type = '', nullable } = items;
  const errors: FieldError[] = [];
  if (nullable === true) {
    errors.push(forbiddenField(`${path}.nullable`, 'cannot be nullable when x-kubernetes-list-type is set'));
  }
  if (type === 'object' && items['x-kubernetes-map-type'] !== 'atomic') {
    const text = 'must be atomic as item of a list with x-kubernetes-list-type=set';
    errors.push(invalidField(`${path}.x-kubernetes-map-type`, items['x-kubernetes-map-type'] ?? null, text));
  }
  if (type === 'array' && (items['x-kubernetes-list-type'] ?? 'atomic') !== 'atomic') {
    const text = 'must be atomic as item of a list with x-kubernetes-list-type=set';
    errors.push(invalidField(`${path}.x-kubernetes-list-type`, items['x-kubernetes-list-type'], text));
  }
  return errors;
}

function validateMapItems(items: JSONSchemaProps | undefined, keys: readonly string[], path: string): FieldError[] {
  const keysPath = `${path}.x-kubernetes-list-map-keys`;
  if (keys.length === 0) return [requiredField(keysPath, 'must not be empty if x-kubernetes-list-type is map')];
  const errors: FieldError[] = [];
  const { type = '', nullable, properties = {}, required = [] } = items ?? {};
  if (type !== 'object') {
    const text = "must be object if parent array's x-kubernetes-list-type is map";
    errors.push(invalidField(`${path}.items.type`, type, text));
  }
  if (nullable === true) {
    errors.push(forbiddenField(`${path}.items.nullable`, 'cannot be nullable when x-kubernetes-list-type is map'));
  }
  const seen = new Set<string>();
  for (const [index, key] of keys.entries()) {
    const property = properties[key];
    if (seen.has(key)) {
      errors.push({
        type: 'FieldValueDuplicate',
        field: `${keysPath}[${index}]`,
        message: `Duplicate value: ${JSON.stringify(key)}`,
      });
    }
    seen.add(key);
    if (property === undefined) {
      errors.push(invalidField(`${keysPath}[${index}]`, key, 'entries must all be names of item properties'));
      continue;
    }
    const propertyPath = `${path}.items.properties[${key}]`;
    if (!scalars.has(property.type ?? '') && property['x-kubernetes-int-or-string'] !== true) {
      const text = "must be a scalar type if parent array's x-kubernetes-list-type is map";
      errors.push(invalidField(`${propertyPath}.type`, property.type ?? '', text));
    }
    if (property.nullable === true) {
      errors.push(forbiddenField(`${propertyPath}.nullable`, 'list map key properties cannot be nullable'));
    }
    if (property.default === undefined && !required.includes(key)) {
      const text =
        'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property';
      errors.push(requiredField(`${propertyPath}.default`, text));
    }
  }
  return errors;
}

/** The rules for `x-kubernetes-map-type`. */
export function validateMapType(schema: JSONSchemaProps, path: string): FieldError[] {
  const mapType = schema['x-kubernetes-map-type'];
  if (mapType === undefined) return [];
  const errors: FieldError[] = [];
  if (schema.type !== 'object') {
    errors.push(
      invalidField(`${path}.type`, schema.type ?? '', 'must be object if x-kubernetes-map-type is specified'),
    );
  }
  if (mapType !== 'atomic' && mapType !== 'granular') {
    errors.push(notSupportedField(`${path}.x-kubernetes-map-type`, mapType, ['atomic', 'granular']));
  }
  return errors;
}
