import { WireWriter, wireType } from '../../machinery/protobuf/wire.ts';

/**
 * An OpenAPI 2.0 document in the protobuf form that kubectl before 1.27 insists on: the messages of
 * https://github.com/google/gnostic-models, `openapiv2/OpenAPIv2.proto`, as far as our documents use them.
 */
export function encodeSwagger(document: Json): Buffer {
  const { swagger, info, paths, definitions, securityDefinitions } = document;
  const { title, version } = info as Json;
  const writer = new WireWriter()
    .field(1, String(swagger))
    .field(2, new WireWriter().field(1, String(title)).field(2, String(version)).finish());
  const pathList = new WireWriter();
  for (const [path, item] of Object.entries(paths as Json)) pathList.field(2, named(path, pathItem(item as Json)));
  writer.field(8, pathList.finish()).field(9, namedSchemas(definitions as Json));
  return writer.field(13, securitySchemes(securityDefinitions as Json)).finish();
}

type Json = Readonly<Record<string, unknown>>;

/** A map is a list of names with values. */
function named(name: string, value: Buffer): Buffer {
  return new WireWriter().field(1, name).field(2, value).finish();
}

/** Any JSON value, as YAML, which includes JSON. */
function anyValue(value: unknown): Buffer {
  return new WireWriter().field(2, JSON.stringify(value)).finish();
}

function flag(writer: WireWriter, number: number, value: unknown): void {
  if (value === true) writer.tag(number, wireType.varint).varint(1);
}

function strings(writer: WireWriter, number: number, values: unknown): void {
  if (Array.isArray(values)) for (const value of values) writer.field(number, String(value));
}

function extensions(writer: WireWriter, number: number, value: Json): void {
  for (const [name, content] of Object.entries(value)) {
    if (name.startsWith('x-')) writer.field(number, named(name, anyValue(content)));
  }
}

function securitySchemes(schemes: Json): Buffer {
  const writer = new WireWriter();
  for (const [name, scheme] of Object.entries(schemes)) {
    const { type, name: header, in: place } = scheme as Json;
    const key = new WireWriter().field(1, String(type)).field(2, String(header)).field(3, String(place)).finish();
    writer.field(1, named(name, new WireWriter().field(2, key).finish()));
  }
  return writer.finish();
}

function namedSchemas(schemas: Json): Buffer {
  const writer = new WireWriter();
  for (const [name, schema] of Object.entries(schemas)) writer.field(1, named(name, schemaBytes(schema as Json)));
  return writer.finish();
}

function wrapped(bytes: Buffer): Buffer {
  return new WireWriter().field(1, bytes).finish();
}

function schemaBytes(schema: Json): Buffer {
  const { $ref, format, description, default: standard, required, enum: values, type, items, properties } = schema;
  const writer = new WireWriter();
  if (typeof $ref === 'string') writer.field(1, $ref);
  if (typeof format === 'string') writer.field(2, format);
  if (typeof description === 'string') writer.field(4, description);
  if (standard !== undefined) writer.field(5, anyValue(standard));
  strings(writer, 19, required);
  if (Array.isArray(values)) for (const value of values) writer.field(20, anyValue(value));
  const { additionalProperties } = schema;
  if (additionalProperties !== undefined) writer.field(21, wrapped(schemaBytes(additionalProperties as Json)));
  if (typeof type === 'string') writer.field(22, new WireWriter().field(1, type).finish());
  if (items !== undefined) writer.field(23, wrapped(schemaBytes(items as Json)));
  if (properties !== undefined) writer.field(25, namedSchemas(properties as Json));
  extensions(writer, 31, schema);
  return writer.finish();
}

const methodNumbers: Readonly<Record<string, number>> = { get: 2, put: 3, post: 4, delete: 5, patch: 8 };

function pathItem(item: Json): Buffer {
  const writer = new WireWriter();
  for (const [method, operation] of Object.entries(item)) {
    const number = methodNumbers[method];
    if (number !== undefined) writer.field(number, operationBytes(operation as Json));
  }
  for (const parameter of item['parameters'] as readonly Json[]) writer.field(9, parameterBytes(parameter));
  return writer.finish();
}

function operationBytes(operation: Json): Buffer {
  const writer = new WireWriter();
  strings(writer, 1, operation['tags']);
  writer.field(5, String(operation['operationId']));
  strings(writer, 6, operation['produces']);
  strings(writer, 7, operation['consumes']);
  for (const parameter of operation['parameters'] as readonly Json[]) writer.field(8, parameterBytes(parameter));
  const responses = new WireWriter();
  for (const [code, response] of Object.entries(operation['responses'] as Json)) {
    responses.field(1, named(code, wrapped(responseBytes(response as Json))));
  }
  writer.field(9, responses.finish());
  strings(writer, 10, operation['schemes']);
  extensions(writer, 13, operation);
  return writer.finish();
}

function responseBytes({ description, schema }: Json): Buffer {
  const writer = new WireWriter().field(1, String(description));
  if (schema !== undefined) writer.field(2, wrapped(schemaBytes(schema as Json)));
  return writer.finish();
}

/** Where the messages of query and path parameters keep the same things. */
const parameterNumbers = {
  query: { message: 3, type: 6, uniqueItems: 20 },
  path: { message: 4, type: 5, uniqueItems: 19 },
} as const;

function parameterBytes({ name, in: place, required, schema, type, uniqueItems }: Json): Buffer {
  const writer = new WireWriter();
  if (place === 'body') {
    writer.field(2, String(name)).field(3, 'body');
    flag(writer, 4, required);
    return wrapped(wrapped(writer.field(5, schemaBytes(schema as Json)).finish()));
  }
  const numbers = parameterNumbers[place === 'path' ? 'path' : 'query'];
  flag(writer, 1, required);
  writer.field(2, String(place)).field(4, String(name)).field(numbers.type, String(type));
  flag(writer, numbers.uniqueItems, uniqueItems);
  const parameter = new WireWriter().field(numbers.message, writer.finish()).finish();
  return wrapped(new WireWriter().field(2, parameter).finish());
}
