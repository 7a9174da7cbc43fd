import { customResourceDefinitionKind } from '../../api/apiextensions/custom-resource-definition.ts';
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionVersion,
} from '../../api/apiextensions/custom-resource-definition.schema.ts';
import { JSONSchemaProps } from '../../api/apiextensions/json-schema-props.schema.ts';
import type { FieldError } from '../../api/field-error.ts';
import { invalidField } from '../../api/field-error.ts';
import type { AnyKind } from '../../api/kind.ts';
import { compileRules } from '../../machinery/cel/rules.ts';
import { conformToSchema } from '../../machinery/decode/conform.ts';
import { isJsonObject } from '../../machinery/json.ts';
import { compileJsonPath, JsonPathError } from '../../machinery/jsonpath/jsonpath.ts';
import { linearRegExp, RegexpError } from '../../machinery/regexp/regexp.ts';
import { pruneValue } from '../../machinery/structural/prune.ts';
import { validateStructural } from '../../machinery/structural/validate.ts';

type Schema = JSONSchemaProps;

/** The schemas right inside a schema, each with its place. */
export function innerSchemas(schema: Schema, path: string): readonly (readonly [Schema, string])[] {
  const { properties = {}, items, additionalProperties, allOf = [], anyOf = [], oneOf = [], not } = schema;
  const many = (parts: readonly Schema[], keyword: string) =>
    parts.map((part, index) => [part, `${path}.${keyword}[${index}]`] as const);
  return [
    ...Object.entries(properties).map(([name, part]) => [part, `${path}.properties[${name}]`] as const),
    ...(isJsonObject(items) ? [[items, `${path}.items`] as const] : []),
    ...(isJsonObject(additionalProperties) ? [[additionalProperties, `${path}.additionalProperties`] as const] : []),
    ...many(allOf, 'allOf'),
    ...many(anyOf, 'anyOf'),
    ...many(oneOf, 'oneOf'),
    ...(not === undefined ? [] : [[not, `${path}.not`] as const]),
  ];
}

/** Brings the schemas that stand where other values may stand as well into shape. Throws a BadRequest. */
function shapeSchema(schema: Schema): Schema {
  const inner = (value: unknown): unknown =>
    isJsonObject(value) ? shapeSchema(conformToSchema(JSONSchemaProps, value).object) : value;
  const shapeAll = (parts: readonly Schema[]): readonly Schema[] => parts.map(shapeSchema);
  const { properties, items, additionalProperties, allOf, anyOf, oneOf, not } = schema;
  return {
    ...schema,
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(Object.entries(properties).map(([name, part]) => [name, shapeSchema(part)])),
        }),
    ...(items === undefined ? {} : { items: inner(items) as Schema }),
    ...(additionalProperties === undefined ? {} : { additionalProperties: inner(additionalProperties) as Schema }),
    ...(allOf === undefined ? {} : { allOf: shapeAll(allOf) }),
    ...(anyOf === undefined ? {} : { anyOf: shapeAll(anyOf) }),
    ...(oneOf === undefined ? {} : { oneOf: shapeAll(oneOf) }),
    ...(not === undefined ? {} : { not: shapeSchema(not) }),
  };
}

function shapeVersion(version: CustomResourceDefinitionVersion): CustomResourceDefinitionVersion {
  const root = version.schema?.openAPIV3Schema;
  return root === undefined ? version : { ...version, schema: { openAPIV3Schema: shapeSchema(root) } };
}

/** A definition whose schemas have their form all the way down. */
function shapeDefinition(definition: CustomResourceDefinition): CustomResourceDefinition {
  const { spec } = definition;
  return { ...definition, spec: { ...spec, versions: spec.versions.map(shapeVersion) } };
}

function validatePattern({ pattern = '' }: Schema, path: string): FieldError[] {
  try {
    if (pattern !== '') linearRegExp(pattern);
    return [];
  } catch (error) {
    if (!(error instanceof RegexpError)) throw error;
    const text = `must be a valid regular expression, but isn't: ${error.message}`;
    return [invalidField(`${path}.pattern`, pattern, text)];
  }
}

/** A default must be what an object could have there. */
function validateDefault(schema: Schema, path: string): readonly FieldError[] {
  const { default: value } = schema;
  if (value === undefined) return [];
  const at = `${path}.default`;
  if (pruneValue(schema, value) !== value) return [invalidField(at, value, 'must not have unknown fields')];
  const faults = validateStructural(schema, value, at);
  return faults.length > 0 ? faults : (compileRules(schema).rules?.validate(value, undefined, at) ?? []);
}

function validateNode(schema: Schema, path: string): FieldError[] {
  const own = validatePattern(schema, path);
  const inner = innerSchemas(schema, path).flatMap(([part, at]) => validateNode(part, at));
  // Without sound patterns nothing can be judged by them.
  const defaults = own.length + inner.length > 0 ? [] : validateDefault(schema, path);
  return [...own, ...inner, ...defaults];
}

function validateColumns(
  { additionalPrinterColumns = [] }: CustomResourceDefinitionVersion,
  path: string,
): FieldError[] {
  return additionalPrinterColumns.flatMap(({ jsonPath }, index) => {
    try {
      compileJsonPath(jsonPath);
      return [];
    } catch (error) {
      if (!(error instanceof JsonPathError)) throw error;
      return [invalidField(`${path}.additionalPrinterColumns[${index}].jsonPath`, jsonPath, error.message)];
    }
  });
}

/** The faults of what a definition says in other languages: patterns, paths, expressions and defaults. */
function validateDeep({ spec }: CustomResourceDefinition): readonly FieldError[] {
  return spec.versions.flatMap((version, index) => {
    const path = `spec.versions[${index}]`;
    const root = version.schema?.openAPIV3Schema;
    if (root === undefined) return validateColumns(version, path);
    const at = `${path}.schema.openAPIV3Schema`;
    return [...validateColumns(version, path), ...validateNode(root, at), ...compileRules(root, at).errors];
  });
}

/** CustomResourceDefinition as the server takes it: read and judged to its depths. Any other kind stays as it is. */
export function withDeepValidation(kind: AnyKind): AnyKind {
  if (kind !== customResourceDefinitionKind) return kind;
  const { defaults, validate } = customResourceDefinitionKind;
  return {
    ...customResourceDefinitionKind,
    defaults: (definition: CustomResourceDefinition) => shapeDefinition(defaults?.(definition) ?? definition),
    validate: (definition: CustomResourceDefinition) => {
      const errors = validate?.(definition) ?? [];
      // What is not structural cannot be looked into.
      return errors.length > 0 ? errors : validateDeep(definition);
    },
  } satisfies AnyKind;
}
