import type { ListSchema } from '../../api/schema.ts';
import type { JsonObject } from '../json.ts';
import { getField, isJsonObject, jsonEqual } from '../json.ts';
import type { FieldSet } from './field-set.ts';
import { FieldSetBuilder } from './field-set.ts';
import type { Structure } from './structure.ts';
import { childStructure, fieldElement, itemElement } from './structure.ts';

/** What differs between two versions of an object. */
export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

const isNothing = (value: unknown): boolean => value === undefined || value === null;
const isEmptyObject = (value: unknown): boolean =>
  isNothing(value) || (isJsonObject(value) && Object.keys(value).length === 0);
const isObjectOrNothing = (value: unknown): boolean => isNothing(value) || isJsonObject(value);
const isEmptyList = (value: unknown): boolean => isNothing(value) || (Array.isArray(value) && value.length === 0);

class Comparing {
  readonly added = new FieldSetBuilder();
  readonly modified = new FieldSetBuilder();
  readonly removed = new FieldSetBuilder();
  readonly #path: string[] = [];

  compare(structure: Structure, before: unknown, after: unknown): void {
    if (before === after) return;
    if (this.#isWhole(structure, before, after)) {
      if (before === undefined) this.added.insert(this.#path);
      else if (after === undefined) this.removed.insert(this.#path);
      else if (!jsonEqual(before, after)) this.modified.insert(this.#path);
      return;
    }
    if (structure.type === 'list') this.#items(structure, before, after);
    else this.#fields(structure, before, after);
    if (before === undefined) this.added.insert(this.#path);
    else if (after === undefined) this.removed.insert(this.#path);
  }

  /** Owned as one, or empty on both sides: then what counts is whether it is there. */
  #isWhole(structure: Structure, before: unknown, after: unknown): boolean {
    if (structure.type === 'leaf') return true;
    if (structure.type === 'free' && !(isObjectOrNothing(before) && isObjectOrNothing(after))) return true;
    return structure.type === 'list'
      ? isEmptyList(before) && isEmptyList(after)
      : isEmptyObject(before) && isEmptyObject(after);
  }

  #fields(structure: Structure, before: unknown, after: unknown): void {
    const old: JsonObject = isJsonObject(before) ? before : {};
    const now: JsonObject = isJsonObject(after) ? after : {};
    for (const name of Object.keys(now)) this.#child(structure, name, getField(old, name), now[name]);
    for (const name of Object.keys(old)) {
      if (!Object.hasOwn(now, name)) this.#child(structure, name, old[name], undefined);
    }
  }

  #child(structure: Structure, name: string, before: unknown, after: unknown): void {
    this.#path.push(fieldElement(name));
    this.compare(childStructure(structure, name), before, after);
    this.#path.pop();
  }

  #items({ schema, items }: Structure & { type: 'list' }, before: unknown, after: unknown): void {
    const old = groupByElement(schema, before);
    const now = groupByElement(schema, after);
    for (const element of new Set([...now.keys(), ...old.keys()])) {
      this.#path.push(element);
      this.#group(items, old.get(element) ?? [], now.get(element) ?? []);
      this.#path.pop();
    }
  }

  /** The items of one element: where there are several, they count as a whole. */
  #group(structure: Structure, before: readonly unknown[], after: readonly unknown[]): void {
    if (before.length < 2 && after.length < 2) return this.compare(structure, before[0], after[0]);
    if (before.length > 1 && after.length > 1) {
      if (!jsonEqual(before, after)) this.modified.insert(this.#path);
    } else if (before.length > 1) {
      this.compare(structure, undefined, after[0]);
      this.removed.insert(this.#path);
    } else {
      this.compare(structure, before[0], undefined);
      this.added.insert(this.#path);
    }
  }
}

/** A list's items by their path elements; those that have none are left out. */
export function groupByElement(schema: ListSchema, list: unknown): ReadonlyMap<string, readonly unknown[]> {
  const found = new Map<string, unknown[]>();
  if (!Array.isArray(list)) return found;
  for (const item of list as readonly unknown[]) {
    const element = itemElement(schema, item);
    if (element === undefined) continue;
    const group = found.get(element);
    if (group === undefined) found.set(element, [item]);
    else group.push(item);
  }
  return found;
}

/** The paths at which `after` differs from `before`; either may be undefined. */
export function compareValues(structure: Structure, before: unknown, after: unknown): Comparison {
  const walk = new Comparing();
  walk.compare(structure, before, after);
  return { added: walk.added.build(), modified: walk.modified.build(), removed: walk.removed.build() };
}
