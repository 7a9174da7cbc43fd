import type { Field, MessageSchema, PatchStrategy, Schema } from '../../api/schema.ts';
import { fieldSchema } from '../../api/schema.ts';

/** One JSON field of a message, with a deferred schema resolved. */
export interface CompiledField {
  readonly name: string;
  /** The field as a path element of fieldsV1: `f:name`. */
  readonly element: string;
  readonly number: number;
  readonly schema: Schema;
  readonly presence: Exclude<Field['presence'], 'inline'>;
  readonly patchStrategy: PatchStrategy | undefined;
}

/** A message as JSON shows it: the fields of inline messages stand among its own. */
export interface CompiledMessage {
  /** A Map, so that no name a client sends can hit the prototype of an object. */
  readonly fields: ReadonlyMap<string, CompiledField>;
  readonly present: readonly CompiledField[];
  readonly required: readonly CompiledField[];
}

const cache = new WeakMap<MessageSchema, CompiledMessage>();

function collect(schema: MessageSchema, into: Map<string, CompiledField>): void {
  for (const [name, field] of Object.entries(schema.fields)) {
    const resolved = fieldSchema(field);
    if (field.presence === 'inline') {
      if (resolved.type !== 'message') throw new Error(`${schema.name}.${name} is inline but no message`);
      collect(resolved, into);
    } else {
      const { number, presence, patchStrategy } = field;
      into.set(name, { name, element: `f:${name}`, number, schema: resolved, presence, patchStrategy });
    }
  }
}

/** The JSON fields of a message, worked out once for each schema. */
export function compiledMessage(schema: MessageSchema): CompiledMessage {
  const known = cache.get(schema);
  if (known !== undefined) return known;
  const fields = new Map<string, CompiledField>();
  collect(schema, fields);
  const all = [...fields.values()];
  const compiled = {
    fields,
    present: all.filter((field) => field.presence === 'present'),
    required: all.filter((field) => field.presence === 'required'),
  };
  cache.set(schema, compiled);
  return compiled;
}

/** What Go's zero value of a type looks like in JSON; a message has its `present` fields, and nothing else. */
export function zeroValue(schema: Schema): unknown {
  switch (schema.type) {
    case 'message':
      return zeroMessage(schema);
    case 'list':
      return [];
    case 'map':
      return {};
    case 'boolean':
      return false;
    case 'int32':
    case 'int64':
    case 'double':
    case 'intOrString':
      return 0;
    case 'quantity':
      return '0';
    case 'string':
    case 'bytes':
      return '';
    default:
      return null;
  }
}

/** A message with nothing but its `present` fields. */
export function zeroMessage(schema: MessageSchema): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const field of compiledMessage(schema).present) object[field.name] = zeroValue(field.schema);
  return object;
}
