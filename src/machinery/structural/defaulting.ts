import type { JsonObject, MutableJson } from '../json.ts';
import { isJsonObject, setField } from '../json.ts';
import { childOf } from './walk.ts';
import type { Structural } from './walk.ts';

/** A field that may not be null counts as absent when it is. */
const isAbsent = (value: unknown, schema: Structural): boolean =>
  value === undefined || (value === null && schema.nullable !== true);

/**
 * The value with the defaults of its schema: the very same value where nothing is missing. Nulls that the schema
 * does not allow are dropped first.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#defaulting
 */
export function applyDefaults(schema: Structural, value: unknown): unknown {
  if (Array.isArray(value)) return schema.items === undefined ? value : defaultItems(schema.items, value);
  return isJsonObject(value) ? defaultFields(schema, value) : value;
}

function defaultItems(schema: Structural, list: readonly unknown[]): unknown {
  let changed = false;
  const items = list.map((item) => {
    const complete = applyDefaults(schema, item);
    changed ||= complete !== item;
    return complete;
  });
  return changed ? items : list;
}

function defaultFields(schema: Structural, object: JsonObject): JsonObject {
  const changes = new Map<string, unknown>();
  for (const [key, child] of Object.entries(schema.properties ?? {})) {
    const value = Object.hasOwn(object, key) ? object[key] : undefined;
    const given = isAbsent(value, child) ? child.default : value;
    const complete = given === undefined ? undefined : applyDefaults(child, given);
    if (complete !== value) changes.set(key, complete);
  }
  for (const [key, value] of Object.entries(object)) {
    if (schema.properties !== undefined && Object.hasOwn(schema.properties, key)) continue;
    const child = childOf(schema, key);
    if (child === undefined) continue;
    const complete = isAbsent(value, child) ? child.default : applyDefaults(child, value);
    if (complete !== value) changes.set(key, complete);
  }
  if (changes.size === 0) return object;
  const result: MutableJson = { ...object };
  for (const [key, value] of changes) {
    if (value === undefined) delete result[key];
    else setField(result, key, value);
  }
  return result;
}
