import type { MutableJson } from '../json.ts';
import { getField, isJsonObject, setField } from '../json.ts';
import { groupByElement } from './compare.ts';
import type { FieldSet } from './field-set.ts';
import type { Structure } from './structure.ts';
import { childStructure, fieldElement, itemElement } from './structure.ts';

/** `live` with everything that `applied` sets; neither is changed. */
export function mergeApplied(structure: Structure, live: unknown, applied: unknown): unknown {
  if (applied === undefined) return live;
  if (live === undefined || live === null || structure.type === 'leaf') return applied;
  if (structure.type === 'list') {
    return Array.isArray(live) && Array.isArray(applied) ? mergeItems(structure, live, applied) : applied;
  }
  if (!isJsonObject(live) || !isJsonObject(applied)) return applied;
  const result: MutableJson = { ...live };
  for (const [name, value] of Object.entries(applied)) {
    setField(result, name, mergeApplied(childStructure(structure, name), getField(live, name), value));
  }
  return result;
}

/**
 * The items of both lists: those that are applied in the order in which they are applied, the others where they
 * stood among them; of two that could go first, the other one does.
 */
function mergeItems(
  { schema, items }: Structure & { type: 'list' },
  live: readonly unknown[],
  applied: readonly unknown[],
): unknown[] {
  const liveItems = groupByElement(schema, live);
  const appliedItems = groupByElement(schema, applied);
  const merged: unknown[] = [];
  const shared = [...appliedItems.keys()].filter((element) => liveItems.has(element));
  let next = 0;
  /** Takes the items that are not applied, up to the shared one that comes next; those that come later make way. */
  const takeOthers = (upTo: string | undefined): void => {
    for (; next < live.length; next++) {
      const element = itemElement(schema, live[next]);
      if (element !== undefined && element === upTo) return;
      if (element === undefined || !appliedItems.has(element)) merged.push(live[next]);
    }
  };
  for (const [element, [item]] of appliedItems) {
    takeOthers(shared[0]);
    if (element === shared[0]) shared.shift();
    // Repeated items cannot be told apart: what is applied takes their place.
    const [known, ...more] = liveItems.get(element) ?? [];
    merged.push(mergeApplied(items, more.length === 0 ? known : undefined, item));
  }
  takeOthers(undefined);
  return merged;
}

/** The value without what `gone` names; undefined when nothing is left. */
export function removePaths(structure: Structure, value: unknown, gone: FieldSet): unknown {
  if (gone.children.size === 0 || structure.type === 'leaf') return value;
  if (structure.type === 'list') {
    if (!Array.isArray(value) || value.length === 0) return value;
    const kept = value.flatMap((item: unknown) => {
      const element = itemElement(structure.schema, item);
      const subset = element === undefined ? undefined : gone.children.get(element);
      if (subset === undefined) return [item];
      return subset.isMember ? [] : [removePaths(structure.items, item, subset)];
    });
    return kept.length === 0 ? undefined : kept;
  }
  if (!isJsonObject(value) || Object.keys(value).length === 0) return value;
  const kept: MutableJson = {};
  for (const [name, item] of Object.entries(value)) {
    const subset = gone.children.get(fieldElement(name));
    if (subset?.isMember === true) continue;
    const left = subset === undefined ? item : removePaths(childStructure(structure, name), item, subset);
    if (left !== undefined) setField(kept, name, left);
  }
  return Object.keys(kept).length === 0 ? undefined : kept;
}
