import type { Infer, MessageSchema, Schema, Typed } from '../schema.ts';
import { any, boolean, double, int64, list, listMap, mapOf, message, optional, required, string } from '../schema.ts';

const apiextensions = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1';

export const ValidationRule = message(`${apiextensions}.ValidationRule`, {
  rule: required(1, string),
  message: optional(2, string),
  messageExpression: optional(3, string),
  reason: optional(4, string),
  fieldPath: optional(5, string),
  optionalOldSelf: optional(6, boolean),
});
export interface ValidationRule extends Infer<typeof ValidationRule> {}

export const ExternalDocumentation = message(`${apiextensions}.ExternalDocumentation`, {
  description: optional(1, string),
  url: optional(2, string),
});

/** The schema of a value, in the part of OpenAPI 3.0 that CustomResourceDefinitions may use. */
export interface JSONSchemaProps {
  readonly id?: string;
  readonly $schema?: string;
  readonly $ref?: string;
  readonly description?: string;
  readonly type?: string;
  readonly format?: string;
  readonly title?: string;
  readonly default?: unknown;
  readonly maximum?: number;
  readonly exclusiveMaximum?: boolean;
  readonly minimum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly maxLength?: number;
  readonly minLength?: number;
  readonly pattern?: string;
  readonly maxItems?: number;
  readonly minItems?: number;
  readonly uniqueItems?: boolean;
  readonly multipleOf?: number;
  readonly enum?: readonly unknown[];
  readonly maxProperties?: number;
  readonly minProperties?: number;
  readonly required?: readonly string[];
  /** A list of schemas is refused: it is structural only as one schema. */
  readonly items?: JSONSchemaProps;
  readonly allOf?: readonly JSONSchemaProps[];
  readonly oneOf?: readonly JSONSchemaProps[];
  readonly anyOf?: readonly JSONSchemaProps[];
  readonly not?: JSONSchemaProps;
  readonly properties?: Readonly<Record<string, JSONSchemaProps>>;
  readonly additionalProperties?: JSONSchemaProps | boolean;
  readonly patternProperties?: Readonly<Record<string, JSONSchemaProps>>;
  readonly dependencies?: Readonly<Record<string, unknown>>;
  readonly additionalItems?: unknown;
  readonly definitions?: Readonly<Record<string, JSONSchemaProps>>;
  readonly externalDocs?: Infer<typeof ExternalDocumentation>;
  readonly example?: unknown;
  readonly nullable?: boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-embedded-resource'?: boolean;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-map-type'?: string;
  readonly 'x-kubernetes-validations'?: readonly ValidationRule[];
}

/** Any JSON, which protobuf writes as one of several forms: the fields by number, the one that counts first. */
function either(...alternatives: readonly (readonly [number, () => Schema])[]): Typed<unknown> {
  return { type: 'any', alternatives: () => alternatives.map(([number, form]) => ({ number, schema: form() })) };
}

const schema = (): Typed<JSONSchemaProps> => JSONSchemaProps;
const schemas = (): Typed<readonly JSONSchemaProps[]> => schemaList;
const schemaMap = (): Typed<Readonly<Record<string, JSONSchemaProps>>> => schemasByName;

const schemaOrSchemas = either([2, schemas], [1, schema]);
const schemaOrBoolean = either([2, schema], [1, () => boolean]);
const schemaOrNames = either([2, () => list(string)], [1, schema]);

export const JSONSchemaProps: MessageSchema & Typed<JSONSchemaProps> = message(`${apiextensions}.JSONSchemaProps`, {
  id: optional(1, string),
  $schema: optional(2, string),
  $ref: optional(3, string),
  description: optional(4, string),
  type: optional(5, string),
  format: optional(6, string),
  title: optional(7, string),
  default: optional(8, any),
  maximum: optional(9, double),
  exclusiveMaximum: optional(10, boolean),
  minimum: optional(11, double),
  exclusiveMinimum: optional(12, boolean),
  maxLength: optional(13, int64),
  minLength: optional(14, int64),
  pattern: optional(15, string),
  maxItems: optional(16, int64),
  minItems: optional(17, int64),
  uniqueItems: optional(18, boolean),
  multipleOf: optional(19, double),
  enum: optional(20, list(any)),
  maxProperties: optional(21, int64),
  minProperties: optional(22, int64),
  required: optional(23, list(string)),
  // Either a schema or something else (a list of them, a boolean): upstream's documents say just as little of it.
  items: optional(24, schemaOrSchemas),
  allOf: optional(25, schemas),
  oneOf: optional(26, schemas),
  anyOf: optional(27, schemas),
  not: optional(28, schema),
  properties: optional(29, schemaMap),
  additionalProperties: optional(30, schemaOrBoolean),
  patternProperties: optional(31, schemaMap),
  dependencies: optional(32, mapOf(schemaOrNames)),
  additionalItems: optional(33, schemaOrBoolean),
  definitions: optional(34, schemaMap),
  externalDocs: optional(35, ExternalDocumentation),
  example: optional(36, any),
  nullable: optional(37, boolean),
  'x-kubernetes-preserve-unknown-fields': optional(38, boolean),
  'x-kubernetes-embedded-resource': optional(39, boolean),
  'x-kubernetes-int-or-string': optional(40, boolean),
  'x-kubernetes-list-map-keys': optional(41, list(string)),
  'x-kubernetes-list-type': optional(42, string),
  'x-kubernetes-map-type': optional(43, string),
  'x-kubernetes-validations': optional(
    44,
    listMap(ValidationRule, ['rule'], { mergeKey: 'rule', patchStrategy: 'merge' }),
  ),
}) as unknown as MessageSchema & Typed<JSONSchemaProps>;

const schemaList = list(JSONSchemaProps);
const schemasByName = mapOf(JSONSchemaProps);
