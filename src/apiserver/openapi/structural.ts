import type { JSONSchemaProps } from '../../api/apiextensions/json-schema-props.schema.ts';
import { mapValues } from '../../machinery/structural/walk.ts';
import { commonFields } from './descriptions.ts';
import type { JsonSchema } from './schema.ts';

/** Whole objects: what every object has is described once, for all of them. */
function wholeObject(properties: JsonSchema, metadata: JsonSchema): JsonSchema {
  const { apiVersion, kind, ...rest } = properties;
  return {
    ...rest,
    apiVersion: { type: 'string', description: commonFields.apiVersion, ...(apiVersion as JsonSchema | undefined) },
    kind: { type: 'string', description: commonFields.kind, ...(kind as JsonSchema | undefined) },
    metadata,
  };
}

/** The schema of a custom kind as OpenAPI 3.0 shows it; `metadata` describes the metadata of objects. */
export function describeStructural(schema: JSONSchemaProps, metadata: JsonSchema, isRoot = true): JsonSchema {
  const { properties, items, additionalProperties, ...rest } = schema;
  const inner = (part: JSONSchemaProps): JsonSchema => describeStructural(part, metadata, false);
  const isWhole = isRoot || schema['x-kubernetes-embedded-resource'] === true;
  const described = mapValues(properties ?? {}, inner);
  return {
    ...rest,
    ...(isWhole
      ? { properties: wholeObject(described, metadata) }
      : properties === undefined
        ? {}
        : { properties: described }),
    ...(items === undefined ? {} : { items: inner(items) }),
    ...(additionalProperties === undefined
      ? {}
      : {
          additionalProperties:
            typeof additionalProperties === 'object' ? inner(additionalProperties) : additionalProperties,
        }),
  };
}
