import type { Comparison } from './compare.ts';
import { compareValues } from './compare.ts';
import type { FieldSet } from './field-set.ts';
import { emptySet, FieldSet as Fields } from './field-set.ts';
import type { Managers, Owned, Owner } from './managers.ts';
import { capManagers, ownerKey } from './managers.ts';
import { reconcileManagers } from './reconcile.ts';
import { formatPath } from './structure.ts';
import type { Structure } from './structure.ts';
import type { Versions } from './versions.ts';
import { withOwnVersion } from './versions.ts';

/** Fields that nobody owns: the object's identity, and what the server alone sets. */
const unownedMeta = [
  'f:name',
  'f:namespace',
  'f:creationTimestamp',
  'f:selfLink',
  'f:uid',
  'f:generation',
  'f:managedFields',
  'f:resourceVersion',
];

/** A set of an object's fields without those that nobody owns. */
export function ownable(set: FieldSet): FieldSet {
  const metadata = set.children.get('f:metadata');
  if (metadata === undefined) return set.without('f:apiVersion', 'f:kind');
  const left = new Fields(false, metadata.children).without(...unownedMeta);
  const rest = set.without('f:apiVersion', 'f:kind', 'f:metadata');
  if (left.isEmpty) return rest;
  return new Fields(rest.isMember, new Map(rest.children).set('f:metadata', left));
}

/** What changes of an object that can be owned, but for the top-level elements `ignored`. */
export function compareOwnable(
  structure: Structure,
  before: unknown,
  after: unknown,
  ignored: readonly string[] = [],
): Comparison {
  const { added, modified, removed } = compareValues(structure, before, after);
  const counted = (set: FieldSet): FieldSet => ownable(set).without(...ignored);
  return { added: counted(added), modified: counted(modified), removed: counted(removed) };
}

/** One field that somebody else has set otherwise. */
export interface FieldConflict {
  readonly owner: Owned;
  /** E.g. `.spec.replicas`. */
  readonly path: string;
  readonly elements: readonly string[];
}

/** A change of an object, both forms given in the request's version. */
export interface Change {
  readonly before: unknown;
  readonly after: unknown;
  readonly ignored: readonly string[];
  readonly versions: Versions;
}

interface Taken {
  readonly managers: Managers;
  readonly conflicts: readonly FieldConflict[];
}

/** Takes from all others but `self` what a change sets or removes, each seen in the version that it names. */
export function takeFromOthers(managers: Managers, self: string, change: Change): Taken {
  const result = new Map<string, Owned>();
  const conflicts: FieldConflict[] = [];
  const comparisons = new Map<string, Comparison | undefined>();
  for (const [key, owned] of managers) {
    if (key === self) {
      result.set(key, owned);
      continue;
    }
    const { apiVersion } = owned;
    if (!comparisons.has(apiVersion)) comparisons.set(apiVersion, compareIn(apiVersion, change));
    const comparison = comparisons.get(apiVersion);
    // What a version says that is not served any more, nobody can read.
    if (comparison === undefined) continue;
    const shared = owned.set.intersection(comparison.modified.union(comparison.added));
    for (const elements of shared.paths()) conflicts.push({ owner: owned, path: formatPath(elements), elements });
    const left = owned.set.difference(shared).difference(comparison.removed);
    if (!left.isEmpty) result.set(key, { ...owned, set: left });
  }
  return { managers: result, conflicts };
}

function compareIn(apiVersion: string, { before, after, ignored, versions }: Change): Comparison | undefined {
  const version = versions(apiVersion);
  if (version === undefined) return undefined;
  return compareOwnable(version.structure, version.convert(before), version.convert(after), ignored);
}

export interface RecordedUpdate {
  readonly structure: Structure;
  readonly before: unknown;
  readonly after: unknown;
  readonly managers: Managers;
  readonly owner: Owner;
  readonly now: string;
  /** All others than the owner's. */
  readonly versions?: Versions | undefined;
}

/** The owners after a write that sets whatever it changes, and leaves the rest to those who had it. */
export function recordUpdate(update: RecordedUpdate): Managers {
  const { structure, before, after, owner, now } = update;
  const { apiVersion } = owner;
  const versions = withOwnVersion(apiVersion, structure, update.versions);
  const managers = reconcileManagers(update.managers, before, versions);
  const change = { before, after, ignored: [], versions };
  const key = ownerKey(owner);
  const result = new Map(takeFromOthers(managers, key, change).managers);
  const { added, modified, removed } = compareOwnable(structure, before, after);
  const taken = modified.union(added);
  const own = result.get(key);
  const set = (own?.set ?? emptySet).difference(removed).union(taken);
  if (set.isEmpty) result.delete(key);
  else result.set(key, { ...owner, set, time: taken.isEmpty ? own?.time : now });
  return capManagers(result);
}
