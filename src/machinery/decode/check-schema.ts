import type { FieldError } from '../../api/field-error.ts';
import { notSupportedField, requiredField } from '../../api/field-error.ts';
import type { MessageSchema, Schema } from '../../api/schema.ts';
import type { JsonObject } from '../json.ts';
import { compiledMessage } from '../schema/compiled.ts';

type Path = (string | number)[];

/** Booleans and free JSON have no absent form in Go: leaving them out means false and null. */
const neverAbsent: readonly Schema['type'][] = ['boolean', 'any'];

function pathText(path: Path, name?: string): string {
  let text = '';
  for (const part of name === undefined ? path : [...path, name]) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += text === '' ? part : `.${part}`;
  }
  return text;
}

function checkMessage(schema: MessageSchema, object: JsonObject, path: Path, errors: FieldError[]): void {
  const { fields, required } = compiledMessage(schema);
  for (const field of required) {
    const value = object[field.name];
    if ((value === undefined || value === null) && !neverAbsent.includes(field.schema.type)) {
      errors.push(requiredField(pathText(path, field.name)));
    }
  }
  for (const name in object) {
    const value = object[name];
    const field = fields.get(name);
    if (field === undefined || value === undefined || value === null) continue;
    path.push(name);
    checkValue(field.schema, value, path, errors);
    path.pop();
  }
}

function checkValue(schema: Schema, value: unknown, path: Path, errors: FieldError[]): void {
  switch (schema.type) {
    case 'message':
      checkMessage(schema, value as JsonObject, path, errors);
      return;
    case 'list': {
      if (isUnconstrained(schema.items)) return;
      let index = 0;
      for (const item of value as readonly unknown[]) {
        path.push(index++);
        checkValue(schema.items, item, path, errors);
        path.pop();
      }
      return;
    }
    case 'map':
      if (isUnconstrained(schema.values)) return;
      for (const [key, item] of Object.entries(value as JsonObject)) {
        path.push(key);
        checkValue(schema.values, item, path, errors);
        path.pop();
      }
      return;
    case 'string':
      if (schema.enum !== undefined && !schema.enum.includes(value as string)) {
        errors.push(notSupportedField(pathText(path), value, schema.enum));
      }
  }
}

function isUnconstrained(schema: Schema): boolean {
  if (schema.type === 'string') return schema.enum === undefined;
  return schema.type !== 'message' && schema.type !== 'list' && schema.type !== 'map';
}

/**
 * The faults that the schema alone can see in an object of its shape: absent required fields, values outside
 * an enum. To be called after defaulting. The status of an object is not looked at: it is the server's own,
 * and Go fills what it lacks with zeros.
 */
export function checkSchema(schema: MessageSchema, object: object): FieldError[] {
  const errors: FieldError[] = [];
  // Of a custom kind: its own validation says all of it.
  if (schema.structural !== undefined) return errors;
  const { status: _status, ...rest } = object as JsonObject;
  const isRoot = schema.fields['metadata'] !== undefined;
  checkMessage(schema, isRoot ? rest : (object as JsonObject), [], errors);
  return errors;
}
