import { isJsonObject } from '../json.ts';
import { groupByElement } from './compare.ts';
import type { FieldSet } from './field-set.ts';
import { FieldSet as Fields, FieldSetBuilder } from './field-set.ts';
import type { Structure } from './structure.ts';
import { childStructure, fieldElement, isNamedField } from './structure.ts';

class Walk {
  readonly set = new FieldSetBuilder();
  readonly #path: string[] = [];

  value(structure: Structure, value: unknown): void {
    switch (structure.type) {
      case 'leaf':
        this.set.insert(this.#path);
        return;
      case 'list':
        if (Array.isArray(value)) this.#items(structure, value);
        return;
      case 'free':
        if (isJsonObject(value)) this.#fields(structure, value);
        else this.set.insert(this.#path);
        return;
      default:
        if (isJsonObject(value)) this.#fields(structure, value);
    }
  }

  #fields(structure: Structure, object: Readonly<Record<string, unknown>>): void {
    for (const [name, value] of Object.entries(object)) {
      if (value === undefined) continue;
      this.#path.push(fieldElement(name));
      this.value(childStructure(structure, name), value);
      const isEmpty = value === null || (isJsonObject(value) && Object.keys(value).length === 0);
      // A field of a message is owned by what is in it; a map's key is owned itself.
      if (isEmpty || !isNamedField(structure, name)) this.set.insert(this.#path);
      this.#path.pop();
    }
  }

  #items(structure: Structure & { type: 'list' }, list: readonly unknown[]): void {
    for (const [element, group] of groupByElement(structure.schema, list)) {
      this.#path.push(element);
      // Repeated items cannot be told apart: they are owned as a whole.
      if (group.length === 1) this.value(structure.items, group[0]);
      this.set.insert(this.#path);
      this.#path.pop();
    }
  }
}

/** Every path that a value sets: what whoever applies it owns. */
export function pathsOf(structure: Structure, value: unknown): FieldSet {
  const walk = new Walk();
  walk.value(structure, value);
  return walk.set.build();
}

/** The set with the fields of messages that have something below them as members of their own. */
export function withNamedFields(structure: Structure, set: FieldSet): FieldSet {
  const children = new Map<string, FieldSet>();
  for (const [element, child] of set.children) {
    const isField = element.startsWith('f:');
    const name = element.slice(2);
    const below = structure.type === 'list' ? structure.items : isField ? childStructure(structure, name) : structure;
    const grown = withNamedFields(below, child);
    const named = isField && grown.children.size > 0 && isNamedField(structure, name);
    children.set(element, named && !grown.isMember ? new Fields(true, grown.children) : grown);
  }
  return new Fields(set.isMember, children);
}
