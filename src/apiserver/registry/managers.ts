import type { ManagedFieldsEntry } from '../../api/meta/meta.schema.ts';
import type { MessageSchema } from '../../api/schema.ts';
import { readManagers, writeManagers } from '../../machinery/managed-fields/managers.ts';
import type { Managers } from '../../machinery/managed-fields/managers.ts';
import { structureOf } from '../../machinery/managed-fields/structure.ts';
import { recordUpdate } from '../../machinery/managed-fields/update.ts';
import { compiledMessage } from '../../machinery/schema/compiled.ts';
import type { ApiObject } from './api-object.ts';
import type { Write } from './core.ts';
import { groupVersion } from './kind-registry.ts';

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

/** The record to go on from: the client's, which it read before, or else the one that is there. */
export function managersOf(object: ApiObject, old: ApiObject | undefined): Managers {
  return readManagers(object.metadata.managedFields) ?? readManagers(old?.metadata.managedFields) ?? none;
}

/** Status is written through `/status` alone: what a client says of it elsewhere makes nobody its owner. */
function withoutStatus(write: Write, object: ApiObject): ApiObject {
  if (write.kind.subresources.status !== true || write.subresource !== '') return object;
  const { status: _status, ...rest } = object;
  return rest as unknown as ApiObject;
}

/** Records in the object who set which of its fields, given what it was before; undefined for a create. */
export function trackManagers(write: Write, object: ApiObject, old: ApiObject | undefined): ApiObject {
  if (isReset(object.metadata.managedFields)) return withManagers(object, []);
  const { kind, subresource, fieldManager: manager, now } = write;
  const owner = { manager, operation: 'Update', apiVersion: groupVersion(kind), subresource } as const;
  const before = old === undefined ? emptyOf(kind.schema) : withoutStatus(write, old);
  const managers = recordUpdate({
    structure: structureOf(kind.schema),
    before,
    after: withoutStatus(write, object),
    managers: managersOf(object, old),
    owner,
    now,
  });
  return withManagers(object, writeManagers(managers));
}
