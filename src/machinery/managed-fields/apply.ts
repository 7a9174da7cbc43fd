import { compareValues } from './compare.ts';
import type { FieldSet } from './field-set.ts';
import { emptySet } from './field-set.ts';
import type { Managers, Owner } from './managers.ts';
import { ownerKey } from './managers.ts';
import { mergeApplied, removePaths } from './merge.ts';
import { pathsOf, withNamedFields } from './paths-of.ts';
import type { Structure } from './structure.ts';
import type { FieldConflict } from './update.ts';
import { ownable, takeFromOthers } from './update.ts';

export interface Application {
  readonly structure: Structure;
  /** The object as it is; undefined where there is none. */
  readonly live: unknown;
  /** What the client applies: the fields that it wants, and no others. */
  readonly applied: unknown;
  readonly managers: Managers;
  readonly owner: Owner;
  readonly now: string;
  /** Top-level elements that this request does not set whatever the client says, e.g. `f:status`. */
  readonly ignored: readonly string[];
}

export interface Applied {
  readonly object: unknown;
  readonly managers: Managers;
  /** What others have set otherwise: unless the client forces it, the request fails. */
  readonly conflicts: readonly FieldConflict[];
}

/**
 * Server-side apply: `live` with what is applied, without what the same owner applied before and no longer does.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
export function applyConfiguration(application: Application): Applied {
  const { structure, live, applied, managers, owner, now, ignored } = application;
  const key = ownerKey(owner);
  const before = managers.get(key);
  let set = ownable(pathsOf(structure, applied));
  for (const element of ignored) set = set.without(element);
  const merged = mergeApplied(structure, live, applied);
  const own = { ...owner, set, time: before !== undefined && before.set.equals(set) ? before.time : now };
  const claimed = new Map(managers).set(key, own);
  const last = before?.apiVersion === owner.apiVersion ? before.set : emptySet;
  const object = prune(structure, merged, last, claimed);
  const { added, modified, removed } = compareValues(structure, live ?? {}, object);
  const comparison = { added: ownable(added), modified: ownable(modified), removed: ownable(removed) };
  const { managers: others, conflicts } = takeFromOthers(claimed, key, owner.apiVersion, comparison);
  const result = new Map(others);
  if (set.isEmpty) result.delete(key);
  return { object, managers: result, conflicts };
}

/** Removes what `last` owned, but for what somebody still owns and what holds somebody else's. */
function prune(structure: Structure, merged: unknown, last: FieldSet, managers: Managers): unknown {
  if (last.isEmpty) return merged;
  const named = (set: FieldSet): FieldSet => withNamedFields(structure, set);
  const mergedSet = named(pathsOf(structure, merged));
  let owned: FieldSet = emptySet;
  for (const { set } of managers.values()) owned = owned.union(named(set));
  const first = removePaths(structure, merged, named(last));
  const kept = named(pathsOf(structure, first)).union(owned);
  const second = removePaths(structure, merged, mergedSet.difference(kept)) ?? {};
  const secondSet = named(pathsOf(structure, second));
  // What nobody owned before was not this owner's to remove, though its parent is gone.
  return removePaths(structure, merged, mergedSet.difference(secondSet).intersection(named(last))) ?? {};
}
