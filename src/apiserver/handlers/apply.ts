import { requiredField } from '../../api/field-error.ts';
import { invalidObject, isStatus } from '../../api/status-error.ts';
import { applyConfiguration } from '../../machinery/managed-fields/apply.ts';
import { applyConflict } from '../../machinery/managed-fields/conflicts.ts';
import { writeManagers } from '../../machinery/managed-fields/managers.ts';
import { structureOf } from '../../machinery/managed-fields/structure.ts';
import { forbidden } from '../auth/forbidden.ts';
import type { ApiResponse } from '../http/message.ts';
import { conflict, notFound } from '../http/status.ts';
import { conformBody } from '../negotiation/decode-body.ts';
import type { ApiObject } from '../registry/api-object.ts';
import type { Write, Written } from '../registry/core.ts';
import { converting } from '../registry/conversion.ts';
import { createObject } from '../registry/create.ts';
import { groupVersion } from '../registry/kind-registry.ts';
import { managersToApplyOn, withManagers } from '../registry/managers.ts';
import { withDefaults } from '../registry/strategy.ts';
import type { UpdateOptions } from '../registry/update.ts';
import { updateObject } from '../registry/update.ts';
import { versionsOf } from '../registry/versions.ts';
import { readConfiguration } from './apply-body.ts';
import type { Call } from './call.ts';
import { writeOf } from './call.ts';
import { answerObject } from './get.ts';
import { allowedByLastApplied, withLastApplied } from './last-applied.ts';
import { checkIdentity } from './update.ts';

function ignoredBy(write: Write): readonly string[] {
  if (write.subresource === 'status') return ['f:spec'];
  return write.kind.subresources.status === true && write.subresource === '' ? ['f:status'] : [];
}

interface Applying {
  readonly call: Call;
  readonly write: Write;
  readonly configuration: ApiObject;
  readonly force: boolean;
}

/** The object that applying makes of `current`, with the record of who owns what. */
function applied({ call, write, configuration, force }: Applying, current: ApiObject | undefined): ApiObject {
  const { core, kind } = call;
  const structure = structureOf(kind.schema);
  const { subresource, fieldManager: manager, now } = write;
  const owner = { manager, operation: 'Apply', apiVersion: groupVersion(kind), subresource } as const;
  const managers = current === undefined ? new Map() : managersToApplyOn(core, write, current);
  const live = current === undefined ? undefined : withManagers(current, []);
  const result = applyConfiguration({
    structure,
    live,
    applied: configuration,
    managers,
    owner,
    now,
    ignored: ignoredBy(write),
    versions: versionsOf(core.kinds, kind),
  });
  const allowed = current === undefined ? undefined : allowedByLastApplied(kind, current, manager);
  const conflicts = result.conflicts.filter(({ path }) => allowed?.has(path) !== true);
  if (conflicts.length > 0 && !force) throw applyConflict(conflicts);
  const shaped = conformBody({ value: result.object }, bodyOf(kind), []) as unknown as ApiObject;
  const object = withLastApplied(shaped, configuration, manager);
  return withManagers(withDefaults(kind, object), writeManagers(result.managers));
}

const bodyOf = (kind: Call['kind']) => ({
  schema: kind.schema,
  apiVersion: groupVersion(kind),
  kind: kind.kind,
  fieldValidation: 'Ignore' as const,
});

/** An object as applying left it; `isNew` where there was none before. */
export interface AppliedObject {
  readonly written: Written;
  readonly isNew: boolean;
}

/** Makes the object of a call's path, or brings it to what the client applies; through a subresource it must exist. */
export async function applyToObject(
  call: Call,
  configuration: ApiObject,
  options: Omit<UpdateOptions, 'change'>,
): Promise<AppliedObject> {
  const { core, info, kind } = call;
  const { query } = info;
  if ((query.get('fieldManager') ?? '') === '') {
    const error = requiredField('fieldManager', 'is required for apply patch');
    throw invalidObject('meta.k8s.io', 'PatchOptions', '', [error]);
  }
  const write = writeOf(call);
  const applying = { call, write, configuration, force: ['true', '1'].includes(query.get('force') ?? '') };
  const change = (current: ApiObject): Promise<ApiObject> => {
    checkIdentity(write, configuration, current);
    return converting(() => applied(applying, current));
  };
  const update = async (): Promise<AppliedObject> => ({
    written: await updateObject(core, write, { ...options, change, managersTracked: true }),
    isNew: false,
  });
  try {
    return await update();
  } catch (error) {
    if (!isStatus(error, 'NotFound') || error.details?.name !== info.name || error.details?.kind !== kind.plural)
      throw error;
  }
  if (info.subresource !== '') throw notFound(kind, info.name);
  const { resourceVersion = '', uid = '' } = configuration.metadata;
  if (resourceVersion !== '' || uid !== '')
    throw conflict(kind, info.name, 'the object does not exist, but a version or uid of it was given');
  return createApplied(applying, update);
}

/** PATCH with `application/apply-patch+yaml`. */
export async function handleApply(call: Call, options: Omit<UpdateOptions, 'change'>): Promise<ApiResponse> {
  const { kind } = call;
  const expected = { schema: kind.schema, apiVersion: groupVersion(kind), kind: kind.kind };
  const { written, isNew } = await applyToObject(call, await readConfiguration(call, expected), options);
  return answerObject(call, isNew ? 201 : 200, written);
}

/** Whoever may only patch makes nothing new. */
function checkMayCreate({ core, user, info, kind }: Call): void {
  const { group, version, plural: resource } = kind;
  const namespace = kind.namespaced ? info.namespace : '';
  const what = { group, version, resource, subresource: '', namespace, name: info.name, path: info.path };
  const attributes = { user, verb: 'create', ...what };
  const { allowed, reason } = core.authorizer(attributes);
  if (!allowed) throw forbidden(attributes, reason);
}

async function createApplied(applying: Applying, update: () => Promise<AppliedObject>): Promise<AppliedObject> {
  const { call, write, configuration } = applying;
  const { info, kind, core } = call;
  checkMayCreate(call);
  const located = kind.namespaced ? { ...configuration.metadata, namespace: info.namespace } : configuration.metadata;
  const complete = { ...applying, configuration: { ...configuration, metadata: located } };
  const object = await converting(() => applied(complete, undefined));
  try {
    return { written: await createObject(core, write, object, { managersTracked: true }), isNew: true };
  } catch (error) {
    // Somebody else was faster.
    if (!isStatus(error, 'AlreadyExists')) throw error;
    return update();
  }
}
