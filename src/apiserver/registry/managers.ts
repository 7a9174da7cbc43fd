import type { ManagedFieldsEntry } from '../../api/meta/meta.schema.ts';
import type { MessageSchema } from '../../api/schema.ts';
import { readManagers, writeManagers } from '../../machinery/managed-fields/managers.ts';
import type { Managers } from '../../machinery/managed-fields/managers.ts';
import { structureOf } from '../../machinery/managed-fields/structure.ts';
import { recordUpdate } from '../../machinery/managed-fields/update.ts';
import { compiledMessage } from '../../machinery/schema/compiled.ts';
import type { ApiObject } from './api-object.ts';
import type { Core, Write } from './core.ts';
import { groupVersion } from './kind-registry.ts';
import { versionsOf } from './versions.ts';

const none: Managers = new Map();
const emptyObjects = new WeakMap<MessageSchema, object>();

/** What Go's empty object looks like in JSON: fields that are always written are there, if only as null. */
function emptyOf(schema: MessageSchema): object {
  let empty = emptyObjects.get(schema);
  if (empty !== undefined) return empty;
  const fields: Record<string, unknown> = {};
  for (const { name, schema: own, presence } of compiledMessage(schema).fields.values()) {
    if (presence !== 'optional') fields[name] = own.type === 'message' ? emptyOf(own) : null;
  }
  empty = fields;
  emptyObjects.set(schema, empty);
  return empty;
}

/** The object with this record of its field managers. */
export function withManagers(object: ApiObject, entries: readonly ManagedFieldsEntry[]): ApiObject {
  const { managedFields: _managedFields, ...metadata } = object.metadata;
  return { ...object, metadata: entries.length === 0 ? metadata : { ...metadata, managedFields: entries } };
}

/** One entry without content: how a client asks for the record to be thrown away. */
function isReset(entries: readonly ManagedFieldsEntry[] | undefined): boolean {
  const [first, ...more] = entries ?? [];
  return first !== undefined && more.length === 0 && Object.keys(first).length === 0;
}

/** The record that an object carries; empty where it is damaged. */
export function managersOf(object: ApiObject | undefined): Managers {
  return readManagers(object?.metadata.managedFields) ?? none;
}

/** The record to go on from: the client's, which it read before, or else the one that is there. */
function recordFor({ subresource }: Write, object: ApiObject, old: ApiObject | undefined): Managers {
  const given = subresource === '' ? readManagers(object.metadata.managedFields) : undefined;
  return given ?? managersOf(old);
}

/** Status is written through `/status` alone: what a client says of it elsewhere makes nobody its owner. */
function withoutStatus(write: Write, object: ApiObject): ApiObject {
  if (write.kind.subresources.status !== true || write.subresource !== '') return object;
  const { status: _status, ...rest } = object;
  return rest;
}

/** Who owns what after a write that brings `old`, or nothing, to `object`. */
function recorded(core: Core, write: Write, states: States): Managers {
  const { kind, subresource, now } = write;
  const { old, object, manager = write.fieldManager, managers } = states;
  const empty = emptyOf(kind.schema);
  return recordUpdate({
    structure: structureOf(kind.schema),
    before: old === undefined ? empty : withoutStatus(write, old),
    after: withoutStatus(write, object),
    managers,
    owner: { manager, operation: 'Update', apiVersion: groupVersion(kind), subresource },
    now,
    versions: versionsOf(core.kinds, kind),
  });
}

interface States {
  readonly old: ApiObject | undefined;
  readonly object: ApiObject;
  readonly managers: Managers;
  readonly manager?: string;
}

/** Records in the object who set which of its fields, given what it was before; undefined for a create. */
export function trackManagers(core: Core, write: Write, object: ApiObject, old: ApiObject | undefined): ApiObject {
  if (write.subresource === '' && isReset(object.metadata.managedFields)) return withManagers(object, []);
  const managers = recordFor(write, object, old);
  // Without a record so far nobody can tell whose the other fields are: only applying begins a new one.
  if (old !== undefined && managers.size === 0) return withManagers(object, []);
  return withManagers(object, writeManagers(recorded(core, write, { old, object, managers })));
}

/** The record to apply upon. What an object without one has belongs to whoever wrote it before the first apply. */
export function managersToApplyOn(core: Core, write: Write, live: ApiObject): Managers {
  const managers = managersOf(live);
  if (managers.size > 0) return managers;
  return recorded(core, write, { old: undefined, object: live, managers, manager: 'before-first-apply' });
}
