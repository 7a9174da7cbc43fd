import type { ManagedFieldsEntry } from '../../api/meta/meta.schema.ts';
import type { FieldSet } from './field-set.ts';
import { emptySet, parseFieldSet } from './field-set.ts';

/** Who sets fields, and how. */
export interface Owner {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  /** In which the field names are to be read, e.g. `apps/v1`. */
  readonly apiVersion: string;
  readonly subresource: string;
}

/** One owner's fields, and when they changed last. */
export interface Owned extends Owner {
  readonly set: FieldSet;
  readonly time: string | undefined;
}

/** All owners of an object's fields. */
export type Managers = ReadonlyMap<string, Owned>;

/** What tells owners apart: one that applies stays the same whichever version it applies in. */
export function ownerKey({ manager, operation, apiVersion, subresource }: Owner): string {
  return JSON.stringify([manager, operation, operation === 'Apply' ? '' : apiVersion, subresource]);
}

function readEntry(entry: ManagedFieldsEntry): Owned | undefined {
  const { manager = '', operation, apiVersion = '', time, fieldsType, fieldsV1, subresource = '' } = entry;
  if ((operation !== 'Apply' && operation !== 'Update') || apiVersion === '') return undefined;
  if (fieldsType !== 'FieldsV1') return undefined;
  const set = fieldsV1 === undefined || fieldsV1 === null ? emptySet : parseFieldSet(fieldsV1);
  return set === undefined ? undefined : { manager, operation, apiVersion, subresource, time, set };
}

/** Reads `metadata.managedFields`; undefined when there is none, or it is not as the server writes it. */
export function readManagers(entries: readonly ManagedFieldsEntry[] | undefined): Managers | undefined {
  if (entries === undefined || entries.length === 0) return undefined;
  const managers = new Map<string, Owned>();
  for (const entry of entries) {
    const owned = readEntry(entry);
    if (owned === undefined) return undefined;
    const key = ownerKey(owned);
    const before = managers.get(key);
    managers.set(key, before === undefined ? owned : { ...owned, set: before.set.union(owned.set) });
  }
  return managers;
}

const compareText = (a = '', b = ''): number => (a < b ? -1 : Number(a > b));

/** The owners in the form and order of `metadata.managedFields`. */
export function writeManagers(managers: Managers): ManagedFieldsEntry[] {
  const sorted = [...managers.values()].toSorted(
    (a, b) =>
      compareText(a.operation, b.operation) ||
      compareText(a.time, b.time) ||
      compareText(a.manager, b.manager) ||
      compareText(a.apiVersion, b.apiVersion) ||
      compareText(a.subresource, b.subresource),
  );
  return sorted.map(({ manager, operation, apiVersion, time, set, subresource }) => ({
    manager,
    operation,
    apiVersion,
    ...(time === undefined ? {} : { time }),
    fieldsType: 'FieldsV1',
    fieldsV1: set.toJson(),
    ...(subresource === '' ? {} : { subresource }),
  }));
}

/** More writers than these are not told apart: the oldest ones become one. */
const maxUpdaters = 10;
const ancient = 'ancient-changes';

/** Joins the oldest writers of each version, so that an object's record does not grow without end. */
export function capManagers(managers: Managers): Managers {
  const updaters = [...managers].filter(([, { operation }]) => operation === 'Update');
  if (updaters.length <= maxUpdaters) return managers;
  const oldest = updaters.toSorted(([a, one], [b, other]) => compareText(one.time, other.time) || compareText(a, b));
  const result = new Map(managers);
  // The first one of a version is joined when there is a second one.
  const firsts = new Map<string, string>();
  let count = updaters.length;
  for (const [key, owned] of oldest) {
    if (count <= maxUpdaters) break;
    const { apiVersion } = owned;
    const bucket: Owner = { manager: ancient, operation: 'Update', apiVersion, subresource: '' };
    const bucketKey = ownerKey(bucket);
    const first = firsts.get(apiVersion);
    if (first === undefined) firsts.set(apiVersion, key);
    if (first === undefined || key === bucketKey) continue;
    const before = result.get(bucketKey) ?? result.get(first);
    result.delete(result.has(bucketKey) ? bucketKey : first);
    result.delete(key);
    result.set(bucketKey, { ...bucket, time: owned.time, set: owned.set.union(before?.set ?? emptySet) });
    count--;
  }
  return result;
}
