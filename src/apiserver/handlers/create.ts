import type { ApiResponse } from '../http/message.ts';
import { badRequest } from '../http/status.ts';
import { decodeBody } from '../negotiation/decode-body.ts';
import { headerOf } from '../http/message.ts';
import type { ApiObject } from '../registry/api-object.ts';
import { createObject } from '../registry/create.ts';
import { groupVersion } from '../registry/kind-registry.ts';
import { withDefaults } from '../registry/strategy.ts';
import type { Call } from './call.ts';
import { fieldValidationOf, writeOf } from './call.ts';
import { answerObject } from './get.ts';

/** The body as an object of the call's kind, in its namespace, without defaults. */
export async function readObject(call: Call): Promise<ApiObject> {
  const { request, kind } = call;
  const expected = {
    schema: kind.schema,
    apiVersion: groupVersion(kind),
    kind: kind.kind,
    fieldValidation: fieldValidationOf(call),
  };
  const decoded = await decodeBody(
    await request.readBody(),
    headerOf(request, 'content-type'),
    expected,
    call.warnings,
  );
  return inNamespace(call, decoded as unknown as ApiObject);
}

/** The object with the path's namespace; one that names another is refused. */
export function inNamespace(call: Call, object: ApiObject): ApiObject {
  const { kind, info } = call;
  const { namespace = '' } = object.metadata;
  if (!kind.namespaced || namespace === info.namespace) return object;
  if (namespace !== '') {
    throw badRequest(`the namespace of the provided object does not match the namespace sent on the request`);
  }
  return { ...object, metadata: { ...object.metadata, namespace: info.namespace } };
}

/** POST of a new object. */
export async function handleCreate(call: Call): Promise<ApiResponse> {
  const { core, kind, info } = call;
  if (kind.namespaced && info.namespace === '') throw badRequest('an empty namespace may not be set during creation');
  const object = await readObject(call);
  if ((object.metadata.resourceVersion ?? '') !== '')
    throw badRequest('resourceVersion should not be set on objects to be created');
  const write = { ...writeOf(call), name: object.metadata.name ?? '' };
  return answerObject(call, 201, await createObject(core, write, withDefaults(kind, object)));
}
