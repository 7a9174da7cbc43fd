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
  const updaters = [...managers.values()].filter(({ operation }) => operation === 'Update');
  let excess = updaters.length - maxUpdaters;
  if (excess <= 0) return managers;
  const result = new Map(managers);
  const oldest = updaters.toSorted((a, b) => compareText(a.time, b.time));
  for (const owned of oldest) {
    if (excess < 0) break;
    const into: Owner = { manager: ancient, operation: 'Update', apiVersion: owned.apiVersion, subresource: '' };
    const key = ownerKey(into);
    if (ownerKey(owned) === key) continue;
    const before = result.get(key);
    result.delete(ownerKey(owned));
    result.set(key, { ...into, time: owned.time, set: before === undefined ? owned.set : before.set.union(owned.set) });
    excess -= before === undefined ? 0 : 1;
    if (result.size <= maxUpdaters) break;
  }
  return result;
}
