import type { JSONSchemaProps } from '../../api/apiextensions/json-schema-props.schema.ts';
import { getField } from '../json.ts';

/** The OpenAPI schema of a custom resource, or of a value in one. */
export type Structural = JSONSchemaProps;

export const preservesUnknown = (schema: Structural): boolean =>
  schema['x-kubernetes-preserve-unknown-fields'] === true;
export const isEmbedded = (schema: Structural): boolean => schema['x-kubernetes-embedded-resource'] === true;
export const isIntOrString = (schema: Structural): boolean => schema['x-kubernetes-int-or-string'] === true;

/** The schema of the values under an object's free keys. */
export function valuesOf(schema: Structural): Structural | undefined {
  return typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
}

/** The schema of the value under a key; undefined for one that is not described. */
export function childOf(schema: Structural, key: string): Structural | undefined {
  const own = schema.properties === undefined ? undefined : getField(schema.properties, key);
  return own === undefined ? valuesOf(schema) : (own as Structural);
}

/** `spec.items[0].name`, out of names and indexes. */
export function joinPath(path: string, key: string | number): string {
  if (typeof key === 'number') return `${path}[${key}]`;
  return path === '' ? key : `${path}.${key}`;
}

/** An object with the same keys and other values. */
export function mapValues<T, U>(object: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}
