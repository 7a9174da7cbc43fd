import type { ListSchema, MessageSchema, Schema } from '../../api/schema.ts';
import { StatusError } from '../../api/status-error.ts';
import type { JsonObject, MutableJson } from '../json.ts';
import { getField, isJsonObject, jsonEqual, setField } from '../json.ts';
import { compiledMessage } from '../schema/compiled.ts';
import { identity, orderElements } from './element-order.ts';
import { unprocessablePatch } from './patch-error.ts';

const patchDirective = '$patch';
const retainKeysDirective = '$retainKeys';
const orderPrefix = '$setElementOrder/';
const deletePrefix = '$deleteFromPrimitiveList/';

/** How a strategic merge patch treats a field; unknown fields merge as objects and replace as lists. */
interface Merging {
  readonly schema: Schema | undefined;
  readonly replace: boolean;
}

const unknownField: Merging = { schema: undefined, replace: false };

function merging(schema: Schema | undefined, name: string): Merging {
  if (schema === undefined) return unknownField;
  if (schema.type === 'map') return { schema: schema.values, replace: false };
  if (schema.type !== 'message') return unknownField;
  const field = compiledMessage(schema).fields.get(name);
  if (field === undefined) return unknownField;
  return { schema: field.schema, replace: field.patchStrategy === 'replace' };
}

function badPatch(what: string): StatusError {
  return new StatusError('BadRequest', `invalid patch format of ${what}`);
}

function listOf(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw badPatch(what);
  return value;
}

/** What a patch's value becomes where there is nothing to merge it with: no nulls, no directives. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) {
    const kept = value.filter((item) => !(isJsonObject(item) && patchDirective in item));
    return kept.map(withoutDirectives);
  }
  if (!isJsonObject(value)) return value;
  const result: MutableJson = {};
  if (value[patchDirective] === 'delete') return result;
  for (const [key, item] of Object.entries(value)) {
    if (item === null || isDirective(key)) continue;
    setField(result, key, withoutDirectives(item));
  }
  return result;
}

function isDirective(key: string): boolean {
  if (!key.startsWith('$')) return false;
  return (
    key === patchDirective || key === retainKeysDirective || key.startsWith(orderPrefix) || key.startsWith(deletePrefix)
  );
}

function unknownDirective(directive: unknown, where: string): StatusError {
  return unprocessablePatch(`unknown patch type: ${String(directive)} in ${where}`);
}

/** Keeps of `original` what `$retainKeys` lists; the patch itself may not bring anything else. */
function retainKeys(original: MutableJson, patch: JsonObject): void {
  const directive = patch[retainKeysDirective];
  if (directive === undefined) return;
  const kept = new Set(listOf(directive, 'retainKeys'));
  for (const [key, value] of Object.entries(patch)) {
    if (value !== null && !isDirective(key) && !kept.has(key)) throw badPatch('retainKeys');
  }
  for (const key of Object.keys(original)) if (!kept.has(key)) delete original[key];
}

function mergeObjects(schema: Schema | undefined, before: JsonObject, patch: JsonObject): JsonObject {
  const directive = patch[patchDirective];
  if (directive === 'replace') return withoutDirectives(patch) as JsonObject;
  if (directive === 'delete') return {};
  if (directive !== undefined && directive !== 'merge') throw unknownDirective(directive, 'map');
  const result: MutableJson = { ...before };
  retainKeys(result, patch);
  for (const [key, value] of Object.entries(patch)) {
    if (isDirective(key)) continue;
    if (value === null) delete result[key];
    else setField(result, key, mergeField(merging(schema, key), getField(result, key), value));
  }
  applyListDirectives(schema, result, before, patch);
  return result;
}

function mergeField({ schema, replace }: Merging, before: unknown, patch: unknown): unknown {
  if (isJsonObject(patch) && isJsonObject(before)) {
    return replace ? withoutDirectives(patch) : mergeObjects(schema, before, patch);
  }
  if (Array.isArray(patch) && Array.isArray(before)) {
    const list = schema?.type === 'list' ? schema : undefined;
    return list !== undefined && isMerged(list) ? mergeLists(list, before, patch) : withoutDirectives(patch);
  }
  return withoutDirectives(patch);
}

function isMerged(schema: ListSchema): boolean {
  return schema.patchStrategy === 'merge' || schema.patchStrategy === 'merge,retainKeys';
}

function keyOf(item: unknown, mergeKey: string): unknown {
  if (!isJsonObject(item)) throw unprocessablePatch(`expected a map as the list's item, got ${JSON.stringify(item)}`);
  const value = getField(item, mergeKey);
  if (value === undefined) {
    throw unprocessablePatch(`map: ${JSON.stringify(item)} does not contain declared merge key: ${mergeKey}`);
  }
  return value;
}

function mergeLists(schema: ListSchema, before: readonly unknown[], patch: readonly unknown[]): unknown[] {
  const { mergeKey } = schema;
  if (mergeKey === undefined) {
    const items = [...before];
    for (const item of patch) if (!items.some((known) => jsonEqual(known, item))) items.push(item);
    return orderElements({ items, wanted: patch, before, mergeKey });
  }
  let items = [...before];
  let replace = false;
  const changes: JsonObject[] = [];
  for (const item of patch) {
    if (!isJsonObject(item)) throw unprocessablePatch(`expected a map as the list's item, got ${JSON.stringify(item)}`);
    const directive = item[patchDirective];
    if (directive === undefined || (directive === 'merge' && mergeKey in item)) changes.push(item);
    else if (directive === 'replace') replace = true;
    else if (directive === 'delete') {
      const id = keyOf(item, mergeKey);
      items = items.filter((known) => identity(known, mergeKey) !== id);
    } else throw unknownDirective(directive, 'list');
  }
  if (replace) return changes.map(withoutDirectives);
  for (const change of changes) {
    const id = keyOf(change, mergeKey);
    const at = items.findIndex((known) => identity(known, mergeKey) === id);
    const known = items[at];
    if (isJsonObject(known)) items[at] = mergeObjects(schema.items, known, change);
    else items.push(withoutDirectives(change));
  }
  return orderElements({ items, wanted: changes, before, mergeKey });
}

/** `$deleteFromPrimitiveList/x` and `$setElementOrder/x`, once the fields themselves are merged. */
function applyListDirectives(
  schema: Schema | undefined,
  result: MutableJson,
  original: JsonObject,
  patch: JsonObject,
): void {
  for (const [key, value] of Object.entries(patch)) {
    if (!key.startsWith(deletePrefix)) continue;
    const name = key.slice(deletePrefix.length);
    const list = getField(result, name);
    const gone = listOf(value, 'primitive list');
    if (Array.isArray(list))
      setField(
        result,
        name,
        list.filter((item) => !gone.includes(item)),
      );
  }
  for (const [key, value] of Object.entries(patch)) {
    if (!key.startsWith(orderPrefix)) continue;
    const name = key.slice(orderPrefix.length);
    const items = getField(result, name);
    const wanted = listOf(value, 'setElementOrder list');
    if (!Array.isArray(items)) continue;
    const list = merging(schema, name).schema;
    if (list?.type !== 'list' || !isMerged(list)) continue;
    checkOrder(patch[name], wanted, list.mergeKey);
    const before = getField(original, name);
    const { mergeKey } = list;
    setField(result, name, orderElements({ items, wanted, before: Array.isArray(before) ? before : [], mergeKey }));
  }
}

/** Every item that a patch brings must have its place in the order that it asks for. */
function checkOrder(items: unknown, wanted: readonly unknown[], mergeKey: string | undefined): void {
  if (!Array.isArray(items)) return;
  const known = new Set(wanted.map((item) => identity(item, mergeKey)));
  for (const item of items) {
    const deleted = isJsonObject(item) && patchDirective in item;
    if (!deleted && !known.has(identity(item, mergeKey))) {
      throw unprocessablePatch(
        `The order in patch list:\n${JSON.stringify(items)}\n doesn't match ${orderPrefix.slice(0, -1)} list:\n${JSON.stringify(wanted)}\n`,
      );
    }
  }
}

/**
 * A strategic merge patch: lists merge by the keys that the schema declares, and directives replace, delete,
 * order and retain. https://github.com/kubernetes/community/blob/main/contributors/devel/sig-api-machinery/strategic-merge-patch.md
 */
export function applyStrategicMergePatch(schema: MessageSchema, object: JsonObject, patch: JsonObject): JsonObject {
  return mergeObjects(schema, object, patch);
}
