import type { FieldSet } from './field-set.ts';
import { emptySet } from './field-set.ts';
import type { Managers, Owned, Owner } from './managers.ts';
import { ownerKey } from './managers.ts';
import { mergeApplied } from './merge.ts';
import { pathsOf } from './paths-of.ts';
import { prune } from './prune.ts';
import { reconcileManagers } from './reconcile.ts';
import type { Structure } from './structure.ts';
import type { FieldConflict } from './update.ts';
import { compareOwnable, ownable, takeFromOthers } from './update.ts';
import type { Versions } from './versions.ts';
import { withOwnVersion } from './versions.ts';

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
  /** All others than the owner's. */
  readonly versions?: Versions | undefined;
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
  const { structure, live = {}, applied, owner, now, ignored } = application;
  const versions = withOwnVersion(owner.apiVersion, structure, application.versions);
  const managers = reconcileManagers(application.managers, live, versions);
  const key = ownerKey(owner);
  const before = managers.get(key);
  const set = ownable(pathsOf(structure, applied)).without(...ignored);
  const merged = mergeApplied(structure, live, applied);
  const claimed = new Map(managers).set(key, { ...owner, set, time: before?.time });
  const object = prune({ merged, last: before, managers: claimed, versions });
  const taken = takeFromOthers(claimed, key, { before: live, after: object, ignored, versions });
  const result = new Map(taken.managers);
  const { added, modified, removed } = compareOwnable(structure, live, object, ignored);
  const isSame = added.union(modified).union(removed).isEmpty && sameSets(application.managers, result);
  if (set.isEmpty) result.delete(key);
  else result.set(key, { ...owner, set, time: isSame ? before?.time : now });
  return { object, managers: result, conflicts: taken.conflicts };
}

function sameSets(before: Managers, after: Managers): boolean {
  const setOf = (owned: Owned | undefined): FieldSet => owned?.set ?? emptySet;
  return [...new Set([...before.keys(), ...after.keys()])].every((key) => {
    const [was, is] = [before.get(key), after.get(key)];
    return was?.apiVersion === is?.apiVersion && setOf(was).equals(setOf(is));
  });
}
