import type { MapSchema, MessageSchema, ScalarSchema, Schema } from '../../api/schema.ts';
import { StatusError } from '../../api/status-error.ts';
import type { JsonObject, MutableJson } from '../json.ts';
import { getField, setField } from '../json.ts';
import { parseJson } from '../decode/parse-json.ts';
import { zeroValue } from '../schema/compiled.ts';
import { wireFields } from './message-fields.ts';
import { ProtobufError, WireReader, wireType } from './wire.ts';

/** What every protobuf body of the API begins with. */
export const protobufPrefix = Buffer.from('k8s\0', 'latin1');

/** Recursive types exist (a schema inside a schema); no real object comes near. */
const maxDepth = 64;

/** A decoded body: plain JSON, to be conformed to its schema like any other. */
export interface DecodedProtobuf {
  readonly apiVersion: string;
  readonly kind: string;
  readonly value: JsonObject;
}

/** Finds the schema of a kind, or undefined where it is not served. */
export type SchemaLookup = (apiVersion: string, kind: string) => MessageSchema | undefined;

function text(reader: WireReader): string {
  return reader.rest().toString('utf8');
}

function expect(type: number, wanted: number): void {
  if (type !== wanted) throw new ProtobufError(`proto: wrong wireType = ${type}`);
}

/** Numbers of a small message whose fields are all varints or text, by field number. */
function readParts(reader: WireReader): Map<number, bigint | WireReader> {
  const parts = new Map<number, bigint | WireReader>();
  while (!reader.done) {
    const { number, type } = reader.tag();
    if (type === wireType.varint) parts.set(number, reader.varint());
    else if (type === wireType.bytes) parts.set(number, reader.part());
    else reader.skip(type);
  }
  return parts;
}

function textPart(parts: Map<number, bigint | WireReader>, number: number): string {
  const part = parts.get(number);
  return part instanceof WireReader ? text(part) : '';
}

function numberPart(parts: Map<number, bigint | WireReader>, number: number): number {
  const part = parts.get(number);
  return typeof part === 'bigint' ? Number(BigInt.asIntN(64, part)) : 0;
}

/** A time, or undefined for Go's zero time, which is written as an empty message. */
function readTime(reader: WireReader, micro: boolean): string | undefined {
  if (reader.done) return undefined;
  const parts = readParts(reader);
  const seconds = numberPart(parts, 1);
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) throw new ProtobufError(`time out of range: ${seconds} seconds`);
  const base = date.toISOString().slice(0, -5);
  if (!micro) return `${base}Z`;
  const micros = Math.trunc(numberPart(parts, 2) / 1000);
  return `${base}.${String(micros).padStart(6, '0')}Z`;
}

function readScalar(schema: ScalarSchema, type: number, reader: WireReader): unknown {
  switch (schema.type) {
    case 'boolean':
      expect(type, wireType.varint);
      return reader.varint() !== 0n;
    case 'int32':
      expect(type, wireType.varint);
      return Number(BigInt.asIntN(32, reader.varint()));
    case 'int64':
      expect(type, wireType.varint);
      return Number(BigInt.asIntN(64, reader.varint()));
    case 'double':
      expect(type, wireType.fixed64);
      return reader.double();
    default:
      expect(type, wireType.bytes);
      return readDelimited(schema.type, reader.part());
  }
}

function readDelimited(type: ScalarSchema['type'], part: WireReader): unknown {
  switch (type) {
    case 'string':
      return text(part);
    case 'bytes':
      return part.rest().toString('base64');
    case 'time':
    case 'microTime':
      return readTime(part, type === 'microTime');
    case 'quantity':
      return textPart(readParts(part), 1) || '0';
    case 'intOrString': {
      const parts = readParts(part);
      return numberPart(parts, 1) === 1 ? textPart(parts, 3) : numberPart(parts, 2);
    }
    case 'any': {
      const raw = readParts(part).get(1);
      if (!(raw instanceof WireReader) || raw.done) return undefined;
      return parseJson(Buffer.from(raw.rest())).value;
    }
    default:
      throw new ProtobufError(`proto: ${type} is not length-delimited`);
  }
}

/** Of the forms that a value may take, the first that is set; Go writes a `false` beside a schema. */
function readAlternative(schema: ScalarSchema, part: WireReader, depth: number): unknown {
  const forms = schema.alternatives?.() ?? [];
  const found = new Map<number, unknown>();
  while (!part.done) {
    const { number, type } = part.tag();
    const form = forms.find((each) => each.number === number)?.schema;
    if (form === undefined) part.skip(type);
    else if (form.type === 'list') {
      const items = (found.get(number) ?? []) as readonly unknown[];
      found.set(number, [...items, readValue(form.items, type, part, depth)]);
    } else found.set(number, readValue(form, type, part, depth));
  }
  return forms.map((each) => found.get(each.number)).find((value) => value !== undefined);
}

function readValue(schema: Schema, type: number, reader: WireReader, depth: number): unknown {
  if (schema.type === 'any' && schema.alternatives !== undefined) {
    expect(type, wireType.bytes);
    return readAlternative(schema, reader.part(), depth + 1);
  }
  if (schema.type === 'message') {
    expect(type, wireType.bytes);
    return readMessage(schema, reader.part(), depth + 1);
  }
  if (schema.type === 'list') {
    // A list inside a map or a list: only as a message of its own.
    expect(type, wireType.bytes);
    return readWrapped(schema.items, reader.part(), depth + 1);
  }
  if (schema.type === 'map') throw new ProtobufError('proto: a map cannot stand alone');
  return readScalar(schema, type, reader);
}

function readWrapped(items: Schema, reader: WireReader, depth: number): unknown[] {
  const list: unknown[] = [];
  while (!reader.done) {
    const { number, type } = reader.tag();
    if (number === 1) list.push(readValue(items, type, reader, depth));
    else reader.skip(type);
  }
  return list;
}

function readEntry(schema: MapSchema, reader: WireReader, object: MutableJson, depth: number): void {
  let key = '';
  let value: unknown;
  while (!reader.done) {
    const { number, type } = reader.tag();
    if (number === 1) {
      expect(type, wireType.bytes);
      key = text(reader.part());
    } else if (number === 2) value = readValue(schema.values, type, reader, depth);
    else reader.skip(type);
  }
  setField(object, key, value ?? zeroValue(schema.values));
}

/** Numbers of a repeated field may come packed into one part. */
function readPacked(schema: ScalarSchema, part: WireReader, list: unknown[]): void {
  const type = schema.type === 'double' ? wireType.fixed64 : wireType.varint;
  while (!part.done) list.push(readScalar(schema, type, part));
}

function isPackable(schema: Schema): schema is ScalarSchema {
  return ['boolean', 'int32', 'int64', 'double'].includes(schema.type);
}

function readMessage(schema: MessageSchema, reader: WireReader, depth: number): MutableJson {
  if (depth > maxDepth) throw new ProtobufError('proto: message is nested too deeply');
  const fields = wireFields(schema);
  const object: MutableJson = {};
  while (!reader.done) {
    const { number, type } = reader.tag();
    const field = fields.get(number);
    if (field === undefined) {
      reader.skip(type);
      continue;
    }
    const { name, presence } = field;
    const fieldType = field.schema;
    if (fieldType.type === 'list' && fieldType.wrapped !== true) {
      const list = (object[name] ??= []) as unknown[];
      if (type === wireType.bytes && isPackable(fieldType.items)) readPacked(fieldType.items, reader.part(), list);
      else list.push(readValue(fieldType.items, type, reader, depth) ?? null);
    } else if (fieldType.type === 'map') {
      expect(type, wireType.bytes);
      readEntry(fieldType, reader.part(), (object[name] ??= {}) as MutableJson, depth);
    } else {
      const value = readValue(fieldType, type, reader, depth);
      if (presence === 'inline') Object.assign(object, value);
      else if (value === undefined || (field.zeroIsUnset && (value === '' || value === 0 || value === false)))
        delete object[name];
      else if (fieldType.type === 'message') object[name] = mergeMessages(getField(object, name), value);
      else object[name] = value;
    }
  }
  return object;
}

/** A message that comes in pieces is the sum of them. */
function mergeMessages(first: unknown, second: unknown): unknown {
  return first === undefined ? second : { ...(first as object), ...(second as object) };
}

function readEnvelope(body: Buffer): { apiVersion: string; kind: string; raw: WireReader } {
  if (!body.subarray(0, protobufPrefix.length).equals(protobufPrefix)) {
    throw new ProtobufError('provided data does not appear to be a protobuf message, expected prefix "k8s\\x00"');
  }
  const parts = readParts(new WireReader(body, protobufPrefix.length));
  const typeMeta = parts.get(1);
  const type = typeMeta instanceof WireReader ? readParts(typeMeta) : new Map<number, never>();
  const raw = parts.get(2);
  if (textPart(parts, 3) !== '') throw new ProtobufError('encoded bodies are not supported');
  return {
    apiVersion: textPart(type, 1),
    kind: textPart(type, 2),
    raw: raw instanceof WireReader ? raw : new WireReader(Buffer.alloc(0)),
  };
}

/**
 * Decodes a protobuf request body (the prefix, `runtime.Unknown`, the message inside) into plain JSON.
 * Unknown field numbers are skipped. Throws a BadRequest for anything malformed or of an unknown kind.
 */
export function decodeProtobuf(body: Buffer, schemas: SchemaLookup): DecodedProtobuf {
  try {
    const { apiVersion, kind, raw } = readEnvelope(body);
    const schema = schemas(apiVersion, kind);
    if (schema === undefined) {
      const version = JSON.stringify(apiVersion);
      throw new StatusError('BadRequest', `no kind ${JSON.stringify(kind)} is registered for version ${version}`);
    }
    return { apiVersion, kind, value: { apiVersion, kind, ...readMessage(schema, raw, 0) } };
  } catch (error) {
    if (error instanceof ProtobufError) {
      throw new StatusError('BadRequest', `unable to decode the protobuf body: ${error.message}`, undefined, {
        cause: error,
      });
    }
    throw error;
  }
}
