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
    const old = itemsByElement(schema, before);
    const now = itemsByElement(schema, after);
    const compare = (element: string, was: unknown, is: unknown): void => {
      this.#path.push(element);
      this.compare(items, was, is);
      this.#path.pop();
    };
    for (const [element, item] of now) compare(element, old.get(element), item);
    for (const [element, item] of old) if (!now.has(element)) compare(element, item, undefined);
  }
}

/** A list's items by their path elements; of repeated ones the first counts, as it does for ownership. */
export function itemsByElement(schema: ListSchema, list: unknown): ReadonlyMap<string, unknown> {
  const found = new Map<string, unknown>();
  if (!Array.isArray(list)) return found;
  for (const item of list as readonly unknown[]) {
    const element = itemElement(schema, item);
    if (element !== undefined && !found.has(element)) found.set(element, item);
  }
  return found;
}

/** The paths at which `after` differs from `before`; either may be undefined. */
export function compareValues(structure: Structure, before: unknown, after: unknown): Comparison {
  const walk = new Comparing();
  walk.compare(structure, before, after);
  return { added: walk.added.build(), modified: walk.modified.build(), removed: walk.removed.build() };
}
