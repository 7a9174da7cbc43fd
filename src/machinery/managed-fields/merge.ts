import type { MutableJson } from '../json.ts';
import { getField, isJsonObject, setField } from '../json.ts';
import { itemsByElement } from './compare.ts';
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
  const liveItems = itemsByElement(schema, live);
  const appliedItems = itemsByElement(schema, applied);
  const liveOrder = [...liveItems.keys()];
  const merged: unknown[] = [];
  const done = new Set<string>();
  let next = 0;
  for (const [element, item] of appliedItems) {
    // What lies in front of the item, or of the first one that is still to come, and is not applied itself.
    for (; next < liveOrder.length; next++) {
      const other = liveOrder[next] ?? '';
      if (other === element) {
        next++;
        break;
      }
      if (appliedItems.has(other)) {
        if (done.has(other) || liveItems.has(element)) continue;
        break;
      }
      merged.push(liveItems.get(other));
    }
    done.add(element);
    merged.push(mergeApplied(items, liveItems.get(element), item));
  }
  for (const other of liveOrder.slice(next)) if (!appliedItems.has(other)) merged.push(liveItems.get(other));
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
