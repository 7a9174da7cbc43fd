import type { MessageSchema } from '../../api/schema.ts';
import { invalidObject } from '../../api/status-error.ts';
import { checkSchema } from '../../machinery/decode/check-schema.ts';
import type { JsonObject } from '../../machinery/json.ts';
import { headerOf } from '../http/message.ts';
import { badRequest } from '../http/status.ts';
import { decodeBody } from '../negotiation/decode-body.ts';
import type { ApiObject } from '../registry/api-object.ts';
import type { Call } from './call.ts';
import { fieldValidationOf } from './call.ts';

/** The kind of a body that is not the kind of the path. */
export interface OtherKind {
  readonly schema: MessageSchema;
  readonly apiVersion: string;
  readonly kind: string;
}

/** Reads the body of a subresource that takes objects of a kind of its own, for the object of the path. */
export async function readOther(call: Call, other: OtherKind): Promise<ApiObject> {
  const { request, info } = call;
  const expected = { ...other, fieldValidation: fieldValidationOf(call) };
  const body: JsonObject = await decodeBody(
    await request.readBody(),
    headerOf(request, 'content-type'),
    expected,
    call.warnings,
  );
  const faults = checkSchema(other.schema, body);
  if (faults.length > 0) {
    const group = other.apiVersion.includes('/') ? (other.apiVersion.split('/', 1)[0] ?? '') : '';
    throw invalidObject(group, other.kind, info.name, faults);
  }
  const object = body as unknown as ApiObject;
  const { name = '', namespace = '' } = object.metadata;
  if (name !== '' && info.name !== '' && name !== info.name) {
    throw badRequest(`name in URL does not match name in ${other.kind} object`);
  }
  if (namespace !== '' && call.kind.namespaced && namespace !== info.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  const located = call.kind.namespaced ? { namespace: info.namespace } : {};
  return { ...object, metadata: { ...object.metadata, ...(info.name === '' ? {} : { name: info.name }), ...located } };
}
