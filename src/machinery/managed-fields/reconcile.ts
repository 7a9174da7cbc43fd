import type { FieldSet } from './field-set.ts';
import { FieldSet as Fields } from './field-set.ts';
import { getField, isJsonObject } from '../json.ts';
import { groupByElement } from './compare.ts';
import type { Managers, Owned } from './managers.ts';
import { pathsOf } from './paths-of.ts';
import type { Structure } from './structure.ts';
import { childStructure } from './structure.ts';
import type { Versions } from './versions.ts';

/** Only custom kinds change how their fields are owned while there are objects of them. */
function mayChange(structure: Structure): boolean {
  return structure.type === 'message' && structure.schema.structural !== undefined;
}

/**
 * The owners as the schema now has it: who owned parts of what is owned as a whole now owns the whole, and who
 * owned the whole of what has parts now owns those that there are.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#compatibility-across-toplogy-changes
 */
export function reconcileManagers(managers: Managers, live: unknown, versions: Versions): Managers {
  const result = new Map<string, Owned>();
  for (const [key, owned] of managers) {
    const version = versions(owned.apiVersion);
    const changes = version !== undefined && mayChange(version.structure);
    result.set(
      key,
      changes ? { ...owned, set: reconcile(version.structure, version.convert(live), owned.set) } : owned,
    );
  }
  return result;
}

function reconcile(structure: Structure, live: unknown, set: FieldSet): FieldSet {
  if (structure.type === 'free') return set;
  if (structure.type === 'leaf') return set.children.size === 0 ? set : new Fields(true, new Map());
  // The whole was owned, as far as anybody can tell: nothing below it is named.
  if (set.children.size === 0) return set.isMember ? new Fields(true, pathsOf(structure, live).children) : set;
  const items = structure.type === 'list' ? groupByElement(structure.schema, live) : undefined;
  const children = new Map<string, FieldSet>();
  for (const [element, child] of set.children) {
    const name = element.slice(2);
    const value =
      items === undefined ? (isJsonObject(live) ? getField(live, name) : undefined) : items.get(element)?.[0];
    const below = structure.type === 'list' ? structure.items : childStructure(structure, name);
    children.set(element, reconcile(below, value, child));
  }
  return new Fields(set.isMember, children);
}
