import type { MessageSchema } from '../../api/schema.ts';
import { StatusError } from '../../api/status-error.ts';
import type { JsonObject, MutableJson } from '../../machinery/json.ts';
import { getField, isJsonObject, setField } from '../../machinery/json.ts';
import { typedFaults } from '../../machinery/managed-fields/typed-faults.ts';
import { badRequest } from '../http/status.ts';
import { conformBody, parseText, repeatedInYaml } from '../negotiation/decode-body.ts';
import type { ApiObject } from '../registry/api-object.ts';
import type { Call } from './call.ts';
import { fieldValidationOf } from './call.ts';
import { checkName } from './update.ts';

export const applyType = 'application/apply-patch+yaml';

/** What the client wrote, in canonical form: the fields of `shaped` that are in `written` as well, and its nulls. */
function asWritten(written: unknown, shaped: unknown): unknown {
  if (Array.isArray(written) && Array.isArray(shaped)) {
    return shaped.map((item: unknown, index) => asWritten(written[index], item));
  }
  if (!isJsonObject(written) || !isJsonObject(shaped)) return shaped;
  const kept: MutableJson = {};
  for (const [name, own] of Object.entries(written)) {
    const value = own === null ? null : getField(shaped, name);
    if (value !== undefined) setField(kept, name, asWritten(own, value));
  }
  return kept;
}

/** The kind that a body must be of. */
interface Expected {
  readonly schema: MessageSchema;
  readonly apiVersion: string;
  readonly kind: string;
}

/** A kind as upstream prints it: `apps/v1, Kind=Deployment`, and `/v1, Kind=Pod` without a group. */
function printed(apiVersion: unknown, kind: unknown): string {
  const version = typeof apiVersion === 'string' ? apiVersion : '';
  return `${version.includes('/') ? '' : '/'}${version}, Kind=${typeof kind === 'string' ? kind : ''}`;
}

/** Reads the fields that a client applies; unknown ones are refused, whatever it says of field validation. */
export async function readConfiguration(call: Call, expected: Expected): Promise<ApiObject> {
  const { kind, info, request, warnings } = call;
  const { value, repeatedKeys = [] } = await parseText(await request.readBody(), applyType, [applyType]);
  const fieldValidation = fieldValidationOf(call);
  if (fieldValidation === 'Strict' && repeatedKeys.length > 0) {
    throw badRequest(`error strict decoding YAML: ${repeatedInYaml(repeatedKeys)}`);
  }
  if (fieldValidation === 'Warn') warnings.push(...repeatedKeys);
  if (!isJsonObject(value)) throw badRequest('error decoding YAML: the patch is no object');
  if (value['apiVersion'] !== expected.apiVersion || value['kind'] !== expected.kind) {
    throw badRequest(`invalid object type: ${printed(value['apiVersion'], value['kind'])}`);
  }
  const faults = typedFaults(expected.schema, value);
  if (faults.length > 0) throw untyped(value, faults);
  const shaped = conformBody({ value }, { ...expected, fieldValidation: 'Ignore' }, []);
  const applied = asWritten(value, shaped) as ApiObject;
  const { managedFields, ...metadata } = applied.metadata ?? {};
  if (managedFields !== undefined && managedFields !== null) throw badRequest('metadata.managedFields must be nil');
  const named = { ...applied, metadata: { ...metadata, name: metadata.name ?? info.name } };
  checkName(named, info.name);
  const { namespace } = metadata;
  if (kind.namespaced && (namespace ?? '') !== '' && namespace !== info.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  return named;
}

/** What does not fit the schema nobody can own; upstream counts it as a fault of its own, without a reason. */
function untyped({ apiVersion, kind, metadata }: JsonObject, faults: readonly string[]): StatusError {
  const { namespace = '', name = '' } = isJsonObject(metadata) ? metadata : {};
  const text = faults.length === 1 ? faults[0] : `errors:\n${faults.map((fault) => `  ${fault}`).join('\n')}`;
  const what = `${String(namespace)}/${String(name)}; ${printed(apiVersion, kind)}`;
  return new StatusError('Unknown', `failed to create typed patch object (${what}): ${text}`);
}
