import type { FieldError } from '../field-error.ts';
import { forbiddenField, requiredField } from '../field-error.ts';
import type { JSONSchemaProps } from './json-schema-props.schema.ts';

/** What belongs to the structure of a value alone: it may not stand where only values are judged. */
const structure: readonly (readonly [keyof JSONSchemaProps, string])[] = [
  ['description', 'must be empty to be structural'],
  ['type', 'must be empty to be structural'],
  ['title', 'must be empty to be structural'],
  ['default', 'must be undefined to be structural'],
  ['additionalProperties', 'must be undefined to be structural'],
  ['nullable', 'must be false to be structural'],
  ['x-kubernetes-preserve-unknown-fields', 'must be undefined to be structural'],
  ['x-kubernetes-embedded-resource', 'must be false to be structural'],
  ['x-kubernetes-int-or-string', 'must be false to be structural'],
  ['x-kubernetes-list-map-keys', 'must be empty to be structural'],
  ['x-kubernetes-list-type', 'must be undefined to be structural'],
  ['x-kubernetes-map-type', 'must be undefined to be structural'],
  ['x-kubernetes-validations', 'must be empty to be structural'],
];

interface Part {
  readonly schema: JSONSchemaProps;
  readonly path: string;
  /** The only place where a type may stand: the alternatives of a number or a text. */
  readonly mayHaveType: boolean;
}

function isTypePair(alternatives: readonly JSONSchemaProps[] | undefined): boolean {
  const [first, second, ...more] = alternatives ?? [];
  return first?.type === 'integer' && second?.type === 'string' && more.length === 0;
}

/** The schemas inside one that judge the same value as it does. */
function partsOf(schema: JSONSchemaProps, path: string, intOrString: boolean): Part[] {
  const typed = intOrString && isTypePair(schema.anyOf);
  const many = (keyword: 'allOf' | 'anyOf' | 'oneOf'): Part[] =>
    (schema[keyword] ?? []).map((part, index) => ({
      schema: part,
      path: `${path}.${keyword}[${index}]`,
      mayHaveType: typed && keyword === 'anyOf',
    }));
  const parts = [...many('allOf'), ...many('anyOf'), ...many('oneOf')];
  if (schema.not !== undefined) parts.push({ schema: schema.not, path: `${path}.not`, mayHaveType: false });
  return parts;
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== '' && value !== false;
}

function validateStructureFree({ schema, path, mayHaveType }: Part): FieldError[] {
  return structure
    .filter(([keyword]) => isSet(schema[keyword]) && !(mayHaveType && keyword === 'type'))
    .map(([keyword, text]) => forbiddenField(`${path}.${keyword}`, text));
}

/** Whatever a part speaks of must be described outside of it, too. */
function validateDescribed(
  part: JSONSchemaProps,
  path: string,
  outer: JSONSchemaProps,
  outerPath: string,
): FieldError[] {
  const errors: FieldError[] = [];
  for (const [name, property] of Object.entries(part.properties ?? {})) {
    const own = outer.properties?.[name];
    const [at, ownPath] = [`${path}.properties[${name}]`, `${outerPath}.properties[${name}]`];
    errors.push(...validateStructureFree({ schema: property, path: at, mayHaveType: false }));
    if (own !== undefined) errors.push(...validateDescribed(property, at, own, ownPath));
    else if (outer['x-kubernetes-preserve-unknown-fields'] !== true && typeof outer.additionalProperties !== 'object') {
      errors.push(requiredField(ownPath, `because it is defined in ${at}`));
    }
  }
  if (part.items !== undefined && !Array.isArray(part.items)) {
    errors.push(...validateStructureFree({ schema: part.items, path: `${path}.items`, mayHaveType: false }));
    if (outer.items === undefined) {
      errors.push(requiredField(`${outerPath}.items`, `because it is defined in ${path}.items`));
    } else errors.push(...validateDescribed(part.items, `${path}.items`, outer.items, `${outerPath}.items`));
  }
  for (const nested of partsOf(part, path, outer['x-kubernetes-int-or-string'] === true)) {
    errors.push(...validateStructureFree(nested));
    errors.push(...validateDescribed(nested.schema, nested.path, outer, outerPath));
  }
  return errors;
}

/** The rules for what stands in `allOf`, `anyOf`, `oneOf` and `not` of a schema. */
export function validateValueParts(schema: JSONSchemaProps, path: string): FieldError[] {
  const intOrString = schema['x-kubernetes-int-or-string'] === true;
  return partsOf(schema, path, intOrString).flatMap((part) => [
    ...validateStructureFree(part),
    ...validateDescribed(part.schema, part.path, schema, path),
  ]);
}
