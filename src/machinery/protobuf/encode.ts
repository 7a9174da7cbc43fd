import type { ListSchema, MapSchema, MessageSchema, ScalarSchema, Schema } from '../../api/schema.ts';
import type { JsonObject } from '../json.ts';
import { getField } from '../json.ts';
import { protobufPrefix } from './decode.ts';
import { wireFields } from './message-fields.ts';
import { WireWriter, wireType } from './wire.ts';

function timeBytes(value: unknown): Buffer {
  const text = String(value);
  const seconds = Math.floor(Date.parse(text) / 1000);
  const fraction = /\.(\d+)/.exec(text)?.[1] ?? '';
  return new WireWriter()
    .tag(1, wireType.varint)
    .varint(seconds)
    .tag(2, wireType.varint)
    .varint(Number(fraction.padEnd(9, '0').slice(0, 9)))
    .finish();
}

function intOrStringBytes(value: unknown): Buffer {
  const isText = typeof value === 'string';
  return new WireWriter()
    .tag(1, wireType.varint)
    .varint(isText ? 1 : 0)
    .tag(2, wireType.varint)
    .varint(isText ? 0 : Number(value))
    .field(3, isText ? value : '')
    .finish();
}

/** Booleans, lists and objects are told apart; of lists and objects no value takes two forms. */
function alternativeBytes(forms: readonly { number: number; schema: Schema }[], value: unknown): Buffer {
  const wanted = typeof value === 'boolean' ? 'boolean' : Array.isArray(value) ? 'list' : 'message';
  const form = forms.find((each) => each.schema.type === wanted);
  if (form === undefined) throw new TypeError(`none of the forms is a ${wanted}`);
  const writer = new WireWriter();
  writeValue(writer, form.number, form.schema, value);
  return writer.finish();
}

function delimited(schema: ScalarSchema, value: unknown): Buffer {
  switch (schema.type) {
    case 'bytes':
      return Buffer.from(String(value), 'base64');
    case 'time':
    case 'microTime':
      return timeBytes(value);
    case 'quantity':
      return new WireWriter().field(1, String(value)).finish();
    case 'intOrString':
      return intOrStringBytes(value);
    case 'any':
      if (schema.alternatives !== undefined) return alternativeBytes(schema.alternatives(), value);
      return new WireWriter().field(1, JSON.stringify(value)).finish();
    default:
      return Buffer.from(String(value), 'utf8');
  }
}

function writeValue(writer: WireWriter, number: number, schema: Schema, value: unknown): void {
  switch (schema.type) {
    case 'message':
      writer.field(number, messageBytes(schema, value as JsonObject));
      return;
    case 'list':
      writeList(writer, number, schema, value as readonly unknown[]);
      return;
    case 'map':
      writeMap(writer, number, schema, value as JsonObject);
      return;
    case 'boolean':
      writer.tag(number, wireType.varint).varint(value === true ? 1 : 0);
      return;
    case 'int32':
    case 'int64':
      writer.tag(number, wireType.varint).varint(BigInt(Math.trunc(Number(value))));
      return;
    case 'double':
      writer.tag(number, wireType.fixed64).double(Number(value));
      return;
    default:
      writer.field(number, delimited(schema, value));
  }
}

function writeList(writer: WireWriter, number: number, schema: ListSchema, list: readonly unknown[]): void {
  const wrapped = schema.wrapped === true;
  const target = wrapped ? new WireWriter() : writer;
  for (const item of list) writeValue(target, wrapped ? 1 : number, schema.items, item);
  if (wrapped) writer.field(number, target.finish());
}

function writeMap(writer: WireWriter, number: number, schema: MapSchema, map: JsonObject): void {
  for (const [key, value] of Object.entries(map)) {
    const entry = new WireWriter().field(1, key);
    writeValue(entry, 2, schema.values, value);
    writer.field(number, entry.finish());
  }
}

function messageBytes(schema: MessageSchema, object: JsonObject): Buffer {
  const writer = new WireWriter();
  for (const field of wireFields(schema).values()) {
    const value = field.presence === 'inline' ? object : getField(object, field.name);
    if (value !== undefined && value !== null) writeValue(writer, field.number, field.schema, value);
  }
  return writer.finish();
}

/** Encodes an object that has the shape of its schema, in the envelope that the API uses. */
export function encodeProtobuf(
  object: JsonObject & { apiVersion: string; kind: string },
  schema: MessageSchema,
): Buffer {
  const typeMeta = new WireWriter().field(1, object.apiVersion).field(2, object.kind).finish();
  const unknown = new WireWriter().field(1, typeMeta).field(2, messageBytes(schema, object)).field(3, '').field(4, '');
  return Buffer.concat([protobufPrefix, unknown.finish()]);
}
