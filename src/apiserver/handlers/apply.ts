import { requiredField } from '../../api/field-error.ts';
import { invalidObject, isStatus } from '../../api/status-error.ts';
import { conformToSchema } from '../../machinery/decode/conform.ts';
import { applyConfiguration } from '../../machinery/managed-fields/apply.ts';
import { applyConflict } from '../../machinery/managed-fields/conflicts.ts';
import { writeManagers } from '../../machinery/managed-fields/managers.ts';
import { structureOf } from '../../machinery/managed-fields/structure.ts';
import type { MutableJson } from '../../machinery/json.ts';
import { getField, isJsonObject, setField } from '../../machinery/json.ts';
import { forbidden } from '../auth/forbidden.ts';
import type { ApiResponse } from '../http/message.ts';
import { badRequest, conflict, notFound } from '../http/status.ts';
import { conformBody, parseText } from '../negotiation/decode-body.ts';
import type { ApiObject } from '../registry/api-object.ts';
import type { Write, Written } from '../registry/core.ts';
import { createObject } from '../registry/create.ts';
import { groupVersion } from '../registry/kind-registry.ts';
import { managersOf, withManagers } from '../registry/managers.ts';
import { withDefaults } from '../registry/strategy.ts';
import type { UpdateOptions } from '../registry/update.ts';
import { updateObject } from '../registry/update.ts';
import type { Call } from './call.ts';
import { writeOf } from './call.ts';
import { answerObject } from './get.ts';
import { allowedByLastApplied, withLastApplied } from './last-applied.ts';
import { checkIdentity, checkName } from './update.ts';

/** What the client wrote, in canonical form: the fields of `shaped` that are in `written` as well. */
function asWritten(written: unknown, shaped: unknown): unknown {
  if (Array.isArray(written) && Array.isArray(shaped)) {
    return shaped.map((item: unknown, index) => asWritten(written[index], item));
  }
  if (!isJsonObject(written) || !isJsonObject(shaped)) return shaped;
  const kept: MutableJson = {};
  for (const [name, value] of Object.entries(shaped)) {
    const own = getField(written, name);
    if (own !== undefined && own !== null) setField(kept, name, asWritten(own, value));
  }
  return kept;
}

/** Reads the fields that a client applies; unknown ones are refused, whatever it says of field validation. */
async function readConfiguration(call: Call): Promise<ApiObject> {
  const { kind, info, request } = call;
  const yaml = 'application/apply-patch+yaml';
  const { value } = await parseText(await request.readBody(), yaml, [yaml]);
  const expected = { schema: kind.schema, apiVersion: groupVersion(kind), kind: kind.kind };
  if (!isJsonObject(value)) throw badRequest('error decoding YAML: the patch is no object');
  for (const field of ['apiVersion', 'kind']) {
    if ((value[field] ?? '') === '')
      throw badRequest(`Object '${capital(field)}' is missing in '${JSON.stringify(value)}'`);
  }
  const shaped = conformBody({ value }, { ...expected, fieldValidation: 'Ignore' }, []);
  const { unknownFields } = conformToSchema(kind.schema, value);
  if (unknownFields.length > 0) throw undeclared(call, unknownFields);
  const applied = asWritten(value, shaped) as ApiObject;
  const { managedFields, ...metadata } = applied.metadata ?? {};
  if (managedFields !== undefined && managedFields.length > 0) throw badRequest('metadata.managedFields must be nil');
  const named = { ...applied, metadata: { ...metadata, name: metadata.name ?? info.name } };
  checkName(named, info.name);
  const { namespace = '' } = metadata;
  if (kind.namespaced && namespace !== '' && namespace !== info.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  return named;
}

/** Nobody can own a field that does not exist. */
function undeclared({ kind, info }: Call, fields: readonly string[]): Error {
  const gvk = `${groupVersion(kind).includes('/') ? '' : '/'}${groupVersion(kind)}, Kind=${kind.kind}`;
  const faults = fields.map((field) => `.${field}: field not declared in schema`);
  const text = faults.length === 1 ? faults[0] : `errors:\n${faults.map((fault) => `  ${fault}`).join('\n')}`;
  return badRequest(`failed to create typed patch object (${info.namespace}/${info.name}; ${gvk}): ${text}`);
}

const capital = (text: string): string => (text === 'kind' ? 'Kind' : 'apiVersion');

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
  const { kind } = call;
  const structure = structureOf(kind.schema);
  const { subresource, fieldManager: manager, now } = write;
  const owner = { manager, operation: 'Apply', apiVersion: groupVersion(kind), subresource } as const;
  const managers = current === undefined ? new Map() : managersOf(current, undefined);
  const live = current === undefined ? undefined : withManagers(current, []);
  const result = applyConfiguration({
    structure,
    live,
    applied: configuration,
    managers,
    owner,
    now,
    ignored: ignoredBy(write),
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

/** PATCH with `application/apply-patch+yaml`: makes the object, or brings it to what the client applies. */
export async function handleApply(call: Call, options: Omit<UpdateOptions, 'change'>): Promise<ApiResponse> {
  const { core, info, kind } = call;
  const { query } = info;
  if ((query.get('fieldManager') ?? '') === '') {
    const error = requiredField('fieldManager', 'is required for apply patch');
    throw invalidObject('meta.k8s.io', 'PatchOptions', '', [error]);
  }
  const configuration = await readConfiguration(call);
  const write = writeOf(call);
  const applying = { call, write, configuration, force: ['true', '1'].includes(query.get('force') ?? '') };
  const change = (current: ApiObject): ApiObject => {
    checkIdentity(write, configuration, current);
    return applied(applying, current);
  };
  const update = (): Promise<Written> => updateObject(core, write, { ...options, change, managersTracked: true });
  try {
    return await answerObject(call, 200, await update());
  } catch (error) {
    if (!isStatus(error, 'NotFound') || error.details?.name !== info.name || error.details?.kind !== kind.plural)
      throw error;
  }
  if (info.subresource !== '') throw notFound(kind, info.name);
  const { resourceVersion = '', uid = '' } = configuration.metadata;
  if (resourceVersion !== '' || uid !== '')
    throw conflict(kind, info.name, 'the object does not exist, but a version or uid of it was given');
  return answerNew(applying, update);
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

async function answerNew(applying: Applying, update: () => Promise<Written>): Promise<ApiResponse> {
  const { call, write, configuration } = applying;
  const { info, kind, core } = call;
  checkMayCreate(call);
  const located = kind.namespaced ? { ...configuration.metadata, namespace: info.namespace } : configuration.metadata;
  const object = applied({ ...applying, configuration: { ...configuration, metadata: located } }, undefined);
  try {
    return await answerObject(call, 201, await createObject(core, write, object, { managersTracked: true }));
  } catch (error) {
    // Somebody else was faster.
    if (!isStatus(error, 'AlreadyExists')) throw error;
    return answerObject(call, 200, await update());
  }
}
