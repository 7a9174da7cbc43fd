import type { Comparison } from './compare.ts';
import { compareValues } from './compare.ts';
import type { FieldSet } from './field-set.ts';
import { FieldSet as Fields } from './field-set.ts';
import type { Managers, Owned, Owner } from './managers.ts';
import { capManagers, ownerKey } from './managers.ts';
import { formatPath } from './structure.ts';
import type { Structure } from './structure.ts';

/** Fields that nobody owns: the object's identity, and what the server alone sets. */
const unownedMeta = [
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'generation',
  'managedFields',
  'resourceVersion',
];

/** A set of an object's fields without those that nobody owns. */
export function ownable(set: FieldSet): FieldSet {
  const metadata = set.children.get('f:metadata');
  const rest = set.without('f:apiVersion').without('f:kind');
  if (metadata === undefined) return rest;
  let left = new Fields(false, metadata.children);
  for (const name of unownedMeta) left = left.without(`f:${name}`);
  const children = new Map(rest.children);
  if (left.isEmpty) children.delete('f:metadata');
  else children.set('f:metadata', left);
  return new Fields(rest.isMember, children);
}

function ownableComparison({ added, modified, removed }: Comparison): Comparison {
  return { added: ownable(added), modified: ownable(modified), removed: ownable(removed) };
}

/** One field that somebody else has set otherwise. */
export interface FieldConflict {
  readonly owner: Owned;
  /** E.g. `.spec.replicas`. */
  readonly path: string;
  readonly elements: readonly string[];
}

interface Change {
  readonly managers: Managers;
  readonly conflicts: readonly FieldConflict[];
}

/** Takes from all others but `self` what a change sets or removes; only sets of `apiVersion` can be compared. */
export function takeFromOthers(managers: Managers, self: string, apiVersion: string, comparison: Comparison): Change {
  const set = comparison.modified.union(comparison.added);
  const result = new Map<string, Owned>();
  const conflicts: FieldConflict[] = [];
  for (const [key, owned] of managers) {
    if (key === self || owned.apiVersion !== apiVersion) {
      result.set(key, owned);
      continue;
    }
    const shared = owned.set.intersection(set);
    for (const elements of shared.paths()) conflicts.push({ owner: owned, path: formatPath(elements), elements });
    const left = owned.set.difference(shared).difference(comparison.removed);
    if (!left.isEmpty) result.set(key, { ...owned, set: left });
  }
  return { managers: result, conflicts };
}

export interface RecordedUpdate {
  readonly structure: Structure;
  readonly before: unknown;
  readonly after: unknown;
  readonly managers: Managers;
  readonly owner: Owner;
  readonly now: string;
}

/** The owners after a write that sets whatever it changes, and leaves the rest to those who had it. */
export function recordUpdate({ structure, before, after, managers, owner, now }: RecordedUpdate): Managers {
  const comparison = ownableComparison(compareValues(structure, before, after));
  const key = ownerKey(owner);
  const result = new Map(takeFromOthers(managers, key, owner.apiVersion, comparison).managers);
  const own = result.get(key);
  const set = (own?.set ?? new Fields(false, new Map()))
    .difference(comparison.removed)
    .union(comparison.modified)
    .union(comparison.added);
  if (set.isEmpty) result.delete(key);
  else if (own === undefined || !own.set.equals(set)) result.set(key, { ...owner, set, time: now });
  return capManagers(result);
}
