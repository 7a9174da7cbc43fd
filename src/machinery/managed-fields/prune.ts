import type { FieldSet } from './field-set.ts';
import { emptySet } from './field-set.ts';
import type { Managers, Owned } from './managers.ts';
import { removePaths } from './merge.ts';
import { pathsOf, withNamedFields } from './paths-of.ts';
import type { Structure } from './structure.ts';
import type { Version, Versions } from './versions.ts';

export interface Pruning {
  /** The object with what is applied now, in the request's version. */
  readonly merged: unknown;
  /** What the same owner applied before. */
  readonly last: Owned | undefined;
  /** Everybody's claims, the new one of the owner included. */
  readonly managers: Managers;
  readonly versions: Versions;
}

/** Removes what `last` owned, but for what somebody still owns and what holds somebody else's. */
export function prune({ merged, last, managers, versions }: Pruning): unknown {
  const version = last === undefined || last.set.isEmpty ? undefined : versions(last.apiVersion);
  if (last === undefined || version === undefined) return merged;
  const { structure } = version;
  const whole = version.convert(merged);
  let left: unknown = removePaths(structure, whole, withNamedFields(structure, last.set)) ?? {};
  const claims = claimsByVersion(managers);
  // The last version first: others might need what it keeps to be converted at all.
  left = restore(version, { whole, left, claimed: claims.get(last.apiVersion) ?? emptySet });
  claims.delete(last.apiVersion);
  for (const [apiVersion, claimed] of claims) {
    const other = versions(apiVersion);
    if (other === undefined) continue;
    const seen = (object: unknown): unknown => other.convert(version.convertBack(object));
    const kept = restore(other, { whole: other.convert(merged), left: seen(left), claimed });
    left = version.convert(other.convertBack(kept));
  }
  return version.convertBack(withoutOrphans(structure, { whole, left, last: last.set }));
}

function claimsByVersion(managers: Managers): Map<string, FieldSet> {
  const claims = new Map<string, FieldSet>();
  for (const { apiVersion, set } of managers.values()) {
    claims.set(apiVersion, (claims.get(apiVersion) ?? emptySet).union(set));
  }
  return claims;
}

interface Restoring {
  readonly whole: unknown;
  readonly left: unknown;
  readonly claimed: FieldSet;
}

/** What is left, with what somebody claims of the rest. */
function restore({ structure }: Version, { whole, left, claimed }: Restoring): unknown {
  const named = (set: FieldSet): FieldSet => withNamedFields(structure, set);
  const kept = named(pathsOf(structure, left)).union(named(claimed));
  return removePaths(structure, whole, named(pathsOf(structure, whole)).difference(kept)) ?? {};
}

/** What nobody owned before was not this owner's to remove, though its parent is gone. */
function withoutOrphans(
  structure: Structure,
  { whole, left, last }: { whole: unknown; left: unknown; last: FieldSet },
): unknown {
  const named = (set: FieldSet): FieldSet => withNamedFields(structure, set);
  const gone = named(pathsOf(structure, whole)).difference(named(pathsOf(structure, left)));
  return removePaths(structure, whole, gone.intersection(named(last))) ?? {};
}
