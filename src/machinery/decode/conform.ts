import type { FieldError } from '../../api/field-error.ts';
import type { ListSchema, MapSchema, MessageSchema, ScalarSchema, Schema } from '../../api/schema.ts';
import type { StatusError } from '../../api/status-error.ts';
import type { JsonObject, MutableJson } from '../json.ts';
import { isJsonObject, setField } from '../json.ts';
import { compiledMessage, zeroMessage, zeroValue } from '../schema/compiled.ts';
import { checkSchema } from './check-schema.ts';
import { goStructName, goTypeName, jsonTypeName } from './go-types.ts';
import { ScalarError, TypeFault, readBase64, readMicroTime, readQuantity, readTime } from './scalars.ts';
import { cannotBeHandled } from './strict-error.ts';

/** A body in the shape of its schema. */
export interface Conformed {
  readonly object: JsonObject;
  /** Paths of fields that the schema does not know, e.g. `spec.containers[0].foo`; they are dropped. */
  readonly unknownFields: readonly string[];
  /** Absent required fields and values outside an enum, worked out when first read (see `checkSchema`). */
  readonly errors: readonly FieldError[];
}

/** Upstream reports no more strict faults than this for one body. */
const maxUnknownFields = 100;

class Conforming {
  readonly unknownFields: string[] = [];
  /** Names of fields and map keys, and indexes, from the root to where the walk stands. */
  private readonly path: (string | number)[] = [];
  /** The Go struct and the fields (no keys, no indexes) that a type fault names. */
  private struct = '';
  private readonly fieldPath: string[] = [];

  message(schema: MessageSchema, value: unknown): MutableJson {
    if (!isJsonObject(value)) throw this.fault(schema, value);
    const { fields, present } = compiledMessage(schema);
    const object: MutableJson = {};
    const { struct } = this;
    for (const name in value) {
      const child = value[name];
      if (child === null || child === undefined) {
        if (!fields.has(name)) this.unknown(name);
        continue;
      }
      const field = fields.get(name);
      if (field === undefined) {
        this.unknown(name);
        continue;
      }
      this.struct = schema.name;
      this.path.push(name);
      this.fieldPath.push(name);
      const read = this.value(field.schema, child);
      if (field.presence !== 'optional' || !isNothing(field.schema, read)) object[name] = read;
      this.path.pop();
      this.fieldPath.pop();
    }
    this.struct = struct;
    for (const field of present) {
      if (object[field.name] === undefined) object[field.name] = zeroValue(field.schema);
    }
    return object;
  }

  private value(schema: Schema, value: unknown): unknown {
    switch (schema.type) {
      case 'message':
        return this.message(schema, value);
      case 'list':
        return this.list(schema, value);
      case 'map':
        return this.map(schema, value);
      default:
        return this.scalar(schema, value);
    }
  }

  private list(schema: ListSchema, value: unknown): unknown[] {
    if (!Array.isArray(value)) throw this.fault(schema, value);
    const items: unknown[] = [];
    const { path } = this;
    for (let index = 0; index < value.length; index++) {
      path.push(index);
      const item: unknown = value[index];
      items.push(item === null ? zeroValue(schema.items) : this.value(schema.items, item));
      path.pop();
    }
    return items;
  }

  private map(schema: MapSchema, value: unknown): MutableJson {
    if (!isJsonObject(value)) throw this.fault(schema, value);
    const object: MutableJson = {};
    const { path } = this;
    for (const key in value) {
      path.push(key);
      const item = value[key];
      setField(object, key, item === null ? zeroValue(schema.values) : this.value(schema.values, item));
      path.pop();
    }
    return object;
  }

  private scalar(schema: ScalarSchema, value: unknown): unknown {
    switch (schema.type) {
      case 'string':
        if (typeof value === 'string') return value;
        break;
      case 'boolean':
        if (typeof value === 'boolean') return value;
        break;
      case 'int32':
        return this.int32(schema, value);
      case 'int64':
        if (typeof value !== 'number') break;
        if (!Number.isInteger(value) || Math.abs(value) > 2 ** 63) throw this.fault(schema, value, `number ${value}`);
        return value;
      case 'double':
        if (typeof value === 'number') return value;
        break;
      case 'intOrString':
        return typeof value === 'string' ? value : this.int32(schema, value);
      case 'quantity':
        if (typeof value !== 'string' && typeof value !== 'number') return readQuantity('"');
        return readQuantity(value);
      case 'time':
        if (typeof value === 'string') return readTime(value);
        break;
      case 'microTime':
        if (typeof value === 'string') return readMicroTime(value);
        break;
      case 'bytes':
        if (typeof value === 'string') return readBase64(value);
        break;
      case 'any':
        return value;
    }
    throw this.fault(schema, value);
  }

  private int32(schema: Schema, value: unknown): number {
    if (typeof value !== 'number') throw this.fault(schema, value);
    if (value !== (value | 0)) throw this.fault(schema, value, `number ${value}`);
    return value;
  }

  private fault(schema: Schema, value: unknown, got = jsonTypeName(value)): TypeFault {
    const field = this.fieldPath.join('.');
    const target = field === '' ? 'Go value' : `Go struct field ${goStructName(this.struct)}.${field}`;
    return new TypeFault(got, `${target} of type ${goTypeName(schema)}`);
  }

  private unknown(name: string): void {
    if (this.unknownFields.length >= maxUnknownFields) return;
    let path = '';
    for (const part of [...this.path, name]) {
      if (typeof part === 'number') path += `[${part}]`;
      else path += path === '' ? part : `.${part}`;
    }
    this.unknownFields.push(path);
  }
}

/** What Go cannot tell from an absent value: an empty list or map, and an empty enum, which takes the default. */
function isNothing(schema: Schema, value: unknown): boolean {
  if (schema.type === 'list') return (value as readonly unknown[]).length === 0;
  if (schema.type === 'map') return Object.keys(value as object).length === 0;
  return value === '' && schema.type === 'string' && schema.enum !== undefined && !schema.enum.includes('');
}

function asBadRequest(schema: MessageSchema, value: unknown, error: unknown): StatusError | undefined {
  const isFault = error instanceof TypeFault;
  if (!isFault && !(error instanceof ScalarError)) return undefined;
  const { apiVersion, kind } = isJsonObject(value) ? value : {};
  const body = {
    apiVersion: typeof apiVersion === 'string' ? apiVersion : (schema.name.split('.').at(-2) ?? ''),
    kind: typeof kind === 'string' && kind !== '' ? kind : goStructName(schema.name),
  };
  return cannotBeHandled(body, isFault ? `json: ${error.message}` : error.message, error);
}

/**
 * Brings a parsed body into the shape of its schema: drops nulls and unknown fields, fills what is always
 * present, canonicalises quantities, times and base64. Throws a BadRequest, worded as Go's JSON decoder
 * does, for a value of the wrong type. `value` is not changed, and shares no structure with the result
 * except below fields that take any JSON.
 */
export function conformToSchema(schema: MessageSchema, value: unknown): Conformed {
  const walk = new Conforming();
  let object: JsonObject;
  try {
    object = value === null ? zeroMessage(schema) : walk.message(schema, value);
  } catch (error) {
    throw asBadRequest(schema, value, error) ?? error;
  }
  let errors: readonly FieldError[] | undefined;
  return {
    object,
    unknownFields: walk.unknownFields,
    get errors() {
      errors ??= checkSchema(schema, object);
      return errors;
    },
  };
}
