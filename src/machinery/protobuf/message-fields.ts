import type { MessageSchema, Schema } from '../../api/schema.ts';
import { fieldSchema } from '../../api/schema.ts';
import { emptyIsMeant, zeroIsUnset } from './go-zero-values.ts';

/** A field of a message on the wire; inline messages stand for themselves here, as they do in protobuf. */
export interface WireField {
  readonly name: string;
  readonly number: number;
  readonly schema: Schema;
  readonly presence: 'required' | 'present' | 'optional' | 'inline';
  /** Go writes its zero although it means "not set". */
  readonly zeroIsUnset: boolean;
}

const cache = new WeakMap<MessageSchema, ReadonlyMap<number, WireField>>();

/** The fields of a message by number, worked out once for each schema. */
export function wireFields(schema: MessageSchema): ReadonlyMap<number, WireField> {
  const known = cache.get(schema);
  if (known !== undefined) return known;
  const type = schema.name.slice(schema.name.lastIndexOf('.') + 1);
  const fields = new Map<number, WireField>();
  for (const [name, field] of Object.entries(schema.fields)) {
    // Number 0 marks what travels in the envelope: apiVersion and kind.
    if (field.number === 0) continue;
    const resolved = fieldSchema(field);
    const isText = resolved.type === 'string' || resolved.type === 'bytes';
    const meantEmpty = emptyIsMeant[type]?.includes(name) === true;
    fields.set(field.number, {
      name,
      number: field.number,
      schema: resolved,
      presence: field.presence,
      zeroIsUnset: field.presence === 'optional' && (isText ? !meantEmpty : zeroIsUnset[type]?.includes(name) === true),
    });
  }
  cache.set(schema, fields);
  return fields;
}
