import type { FieldError } from '../../api/field-error.ts';
import {
  duplicateField,
  invalidField,
  notSupportedField,
  requiredField,
  tooLongField,
  tooManyField,
} from '../../api/field-error.ts';
import type { JsonObject } from '../json.ts';
import { getField, isJsonObject, jsonEqual } from '../json.ts';
import { linearRegExp } from '../regexp/regexp.ts';
import { itemKey, oldItems } from './list-items.ts';
import { hasFormat } from './formats.ts';
import type { Structural } from './walk.ts';
import { childOf, isEmbedded, isIntOrString, joinPath } from './walk.ts';

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function typeInvalid(path: string, value: unknown, type: string): FieldError {
  const text = `${path} in body must be of type ${type}: ${JSON.stringify(value)}`;
  return { ...invalidField(path, value, text), type: 'FieldValueTypeInvalid' };
}

/** What upstream says of a whole value rather than of a field. */
function nowhere(text: string): FieldError {
  return invalidField('<nil>', '', text);
}

/** The length of a text in characters, as Go counts them. */
function characters(text: string): number {
  let count = 0;
  for (const _character of text) count++;
  return count;
}

/** By what a value fails a schema, with upstream's wording of each fault. */
class Validation {
  readonly errors: FieldError[] = [];

  /** `old` is the same value before the change; what has not changed is not judged again. */
  value(schema: Structural, value: unknown, path: string, old: unknown): void {
    if (old !== undefined && jsonEqual(value, old)) return;
    this.#type(schema, value, path);
    if (value === null) {
      if (schema.nullable !== true) this.#enum(schema, value, path);
      return;
    }
    this.#combined(schema, value, path);
    if (typeof value === 'string') this.#text(schema, value, path);
    else if (typeof value === 'number') this.#number(schema, value, path);
    else if (Array.isArray(value)) this.#list(schema, value, path, old);
    this.#enum(schema, value, path);
    if (isJsonObject(value)) this.#object(schema, value, path, old);
  }

  #add(path: string, value: unknown, text: string): void {
    this.errors.push(invalidField(path, value, `${path} in body ${text}`));
  }

  #type(schema: Structural, value: unknown, path: string): void {
    const actual = typeOf(value);
    if (actual === 'null' && schema.nullable === true) return;
    if (isIntOrString(schema)) {
      // Most schemas say so themselves, in the alternatives of which they consist.
      const isSaid = schema.anyOf !== undefined || schema.allOf !== undefined;
      if (!isSaid && actual !== 'integer' && actual !== 'string')
        this.errors.push(typeInvalid(path, actual, 'integer,string'));
      return;
    }
    const { type } = schema;
    if (type === undefined || type === '' || type === actual) return;
    if (type === 'number' && actual === 'integer') return;
    this.errors.push(typeInvalid(path, actual, type));
  }

  #enum({ enum: allowed }: Structural, value: unknown, path: string): void {
    if (allowed === undefined || allowed.length === 0 || allowed.some((one) => jsonEqual(one, value))) return;
    const shown = allowed.map((one) => (typeof one === 'string' ? one : JSON.stringify(one)));
    this.errors.push(notSupportedField(path, value, shown));
  }

  /** The schemas inside a schema that judge the same value. */
  #combined(schema: Structural, value: unknown, path: string): void {
    const { allOf = [], anyOf = [], oneOf = [], not } = schema;
    const quoted = JSON.stringify(path);
    if (anyOf.length > 0) {
      const results = anyOf.map((part) => faultsOf(part, value, path));
      if (!results.some(({ length }) => length === 0)) {
        this.errors.push(nowhere(`${quoted} must validate at least one schema (anyOf)`), ...fewest(results));
      }
    }
    if (oneOf.length > 0) {
      const results = oneOf.map((part) => faultsOf(part, value, path));
      const valid = results.filter(({ length }) => length === 0).length;
      if (valid !== 1) {
        const found = valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`;
        this.errors.push(nowhere(`${quoted} must validate one and only one schema (oneOf). ${found}`));
        if (valid === 0) this.errors.push(...fewest(results));
      }
    }
    if (allOf.length > 0) {
      const results = allOf.map((part) => faultsOf(part, value, path));
      const valid = results.filter(({ length }) => length === 0).length;
      if (valid < allOf.length) {
        const none = valid === 0 ? '. None validated' : '';
        this.errors.push(...results.flat(), nowhere(`${quoted} must validate all the schemas (allOf)${none}`));
      }
    }
    if (not !== undefined && faultsOf(not, value, path).length === 0) {
      this.errors.push(nowhere(`${quoted} must not validate the schema (not)`));
    }
  }

  #text({ maxLength, minLength, pattern = '', format = '' }: Structural, value: string, path: string): void {
    if (maxLength !== undefined && characters(value) > maxLength) this.errors.push(tooLongField(path, maxLength));
    if (minLength !== undefined && characters(value) < minLength) {
      this.#add(path, value, `should be at least ${minLength} chars long`);
    }
    if (pattern !== '' && !linearRegExp(pattern).test(value)) this.#add(path, value, `should match '${pattern}'`);
    if (format !== '' && !hasFormat(format, value)) this.errors.push(typeInvalid(path, value, format));
  }

  #number(schema: Structural, value: number, path: string): void {
    const { multipleOf, maximum, exclusiveMaximum, minimum, exclusiveMinimum, format } = schema;
    if (multipleOf !== undefined && !isMultiple(value, multipleOf)) {
      this.#add(path, value, `should be a multiple of ${multipleOf}`);
    }
    if (maximum !== undefined) {
      if (exclusiveMaximum === true && value >= maximum) this.#add(path, value, `should be less than ${maximum}`);
      else if (value > maximum) this.#add(path, value, `should be less than or equal to ${maximum}`);
    }
    if (minimum !== undefined) {
      if (exclusiveMinimum === true && value <= minimum) this.#add(path, value, `should be greater than ${minimum}`);
      else if (value < minimum) this.#add(path, value, `should be greater than or equal to ${minimum}`);
    }
    if (format === 'int32' && value !== (value | 0)) this.errors.push(typeInvalid(path, value, 'int32'));
  }

  #list(schema: Structural, list: readonly unknown[], path: string, old: unknown): void {
    const { items, maxItems, minItems } = schema;
    const before = oldItems(schema, list, old);
    if (items !== undefined) {
      for (const [index, item] of list.entries()) this.value(items, item, joinPath(path, index), before[index]);
    }
    if (minItems !== undefined && list.length < minItems) {
      this.#add(path, list.length, `should have at least ${minItems} items`);
    }
    if (maxItems !== undefined && list.length > maxItems) {
      this.errors.push(tooManyField(path, list.length, maxItems));
    }
    this.#unique(schema, list, path);
  }

  #unique(schema: Structural, list: readonly unknown[], path: string): void {
    const seen = new Set<string>();
    for (const [index, item] of list.entries()) {
      const key = itemKey(schema, item);
      if (key === undefined) continue;
      if (seen.has(key)) this.errors.push(duplicateField(joinPath(path, index), JSON.parse(key)));
      seen.add(key);
    }
  }

  #object(schema: Structural, object: JsonObject, path: string, old: unknown): void {
    const { required = [], minProperties, maxProperties } = schema;
    const count = Object.keys(object).length;
    if (minProperties !== undefined && count < minProperties) {
      this.#add(path, count, `should have at least ${minProperties} properties`);
    }
    if (maxProperties !== undefined && count > maxProperties) {
      this.errors.push(tooManyField(path, count, maxProperties));
    }
    if (isEmbedded(schema)) {
      for (const name of ['apiVersion', 'kind']) {
        if ((getField(object, name) ?? '') === '')
          this.errors.push(requiredField(joinPath(path, name), 'must not be empty'));
      }
    }
    for (const name of required) {
      if (!Object.hasOwn(object, name)) this.errors.push(requiredField(joinPath(path, name)));
    }
    const before = isJsonObject(old) ? old : {};
    for (const [key, value] of Object.entries(object)) {
      const child = childOf(schema, key);
      if (child !== undefined && value !== undefined) {
        this.value(child, value, joinPath(path, key), getField(before, key));
      }
    }
  }
}

function faultsOf(schema: Structural, value: unknown, path: string): readonly FieldError[] {
  const validation = new Validation();
  validation.value(schema, value, path, undefined);
  return validation.errors;
}

/** The faults of the alternative that came closest. */
function fewest(results: readonly (readonly FieldError[])[]): readonly FieldError[] {
  return results.reduce((best, one) => (one.length < best.length ? one : best), results[0] ?? []);
}

function isMultiple(value: number, factor: number): boolean {
  const quotient = value / factor;
  return Math.abs(quotient - Math.round(quotient)) < 1e-9;
}

/**
 * The faults of a value by its schema, worded as upstream. Of a change only what has changed is judged.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-ratcheting
 */
export function validateStructural(schema: Structural, value: unknown, path = '', old?: unknown): FieldError[] {
  const validation = new Validation();
  validation.value(schema, value, path, old);
  return validation.errors;
}

/** True for faults after which nothing else can be said of an object. */
export function isBlocking({ type }: FieldError): boolean {
  return (
    type === 'FieldValueRequired' ||
    type === 'FieldValueTooLong' ||
    type === 'FieldValueTooMany' ||
    type === 'FieldValueTypeInvalid'
  );
}
