import type { KubeObject, Unsaved } from '../../api/object.ts';
import { isStatus } from '../../api/status-error.ts';
import { jsonEqual } from '../../machinery/json.ts';
import type { UserInfo } from '../auth/types.ts';
import type { AnyKind } from '../../api/kind.ts';
import { conformToSchema } from '../../machinery/decode/conform.ts';
import type { ApiObject } from '../registry/api-object.ts';
import type { Core, Write } from '../registry/core.ts';
import { timestamp } from '../registry/core.ts';
import { createObject } from '../registry/create.ts';
import { keyOfObject } from '../registry/keys.ts';
import { withDefaults } from '../registry/strategy.ts';
import { updateObject } from '../registry/update.ts';
import { grownField, withAdditions } from './role-updates.ts';

type NewObject = Unsaved<KubeObject>;

/** The server itself, as the author of what it makes. */
export const apiServerUser: UserInfo = { name: 'system:apiserver', groups: ['system:masters', 'system:authenticated'] };

function kindOf(core: Core, object: NewObject): AnyKind {
  const slash = object.apiVersion.indexOf('/');
  const group = slash < 0 ? '' : object.apiVersion.slice(0, slash);
  const kind = core.kinds.kind({ group, version: object.apiVersion.slice(slash + 1), kind: object.kind });
  if (kind === undefined) throw new Error(`${object.kind} of ${object.apiVersion} is not served`);
  return kind;
}

function writeFor(kind: AnyKind, { metadata }: NewObject): Write {
  return {
    kind,
    subresource: '',
    namespace: metadata.namespace ?? '',
    name: metadata.name ?? '',
    user: apiServerUser,
    now: timestamp(Date.now()),
    dryRun: false,
    fieldManager: 'kube-apiserver',
    warnings: [],
  };
}

/** Creates an object unless one of its name is there; true when it did. */
export async function ensureObject(core: Core, object: NewObject): Promise<boolean> {
  const kind = kindOf(core, object);
  const write = writeFor(kind, object);
  const key = keyOfObject(core.kinds.stored(kind), write.namespace, write.name);
  if ((await core.store.get(key)) !== undefined) return false;
  const shaped = conformToSchema(kind.schema, object).object as unknown as ApiObject;
  try {
    await createObject(core, write, withDefaults(kind, shaped));
    return true;
  } catch (error) {
    if (isStatus(error, 'AlreadyExists')) return false;
    throw error;
  }
}

type Change = (current: ApiObject, wanted: ApiObject) => ApiObject;

/** Creates an object, or changes the one that is there. */
async function ensureChanged(core: Core, object: NewObject, changed: Change): Promise<void> {
  if (await ensureObject(core, object)) return;
  const kind = kindOf(core, object);
  const wanted = withDefaults(kind, conformToSchema(kind.schema, object).object as unknown as ApiObject);
  await updateObject(core, writeFor(kind, object), { change: (current) => changed(current, wanted) });
}

/** Creates an object, or brings the named top-level fields of the one that is there to what they are to be. */
export function ensureFields(core: Core, object: NewObject, fields: readonly string[]): Promise<void> {
  return ensureChanged(core, object, (current, wanted) => {
    const differing = fields.filter((field) => !jsonEqual(current[field], wanted[field]));
    return { ...current, ...Object.fromEntries(differing.map((field) => [field, wanted[field]])) };
  });
}

/** Creates an object of the server's own; roles and bindings that are there get what they lack. */
export async function ensureCurrent(core: Core, object: NewObject): Promise<void> {
  const field = grownField(object);
  if (field === undefined) await ensureObject(core, object);
  else await ensureChanged(core, object, (current, wanted) => withAdditions(current, wanted, field));
}
