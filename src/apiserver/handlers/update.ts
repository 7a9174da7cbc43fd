import { badRequest, conflict, modifiedMessage } from '../http/status.ts';
import type { ApiResponse } from '../http/message.ts';
import type { ApiObject } from '../registry/api-object.ts';
import type { Write } from '../registry/core.ts';
import { shapeStatus, withDefaults } from '../registry/strategy.ts';
import type { UpdateOptions } from '../registry/update.ts';
import { updateObject } from '../registry/update.ts';
import type { Call } from './call.ts';
import { writeOf } from './call.ts';
import { readObject } from './create.ts';
import { answerObject } from './get.ts';

/** Throws unless an object that is to replace another means just that one, in the version that the client saw. */
export function checkIdentity(write: Write, object: ApiObject, current: ApiObject): void {
  const { uid = '', resourceVersion = '' } = object.metadata;
  if (uid !== '' && uid !== current.metadata.uid) {
    const text = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid}`;
    throw conflict(write.kind, write.name, text);
  }
  if (resourceVersion !== '' && resourceVersion !== '0' && resourceVersion !== current.metadata.resourceVersion) {
    throw conflict(write.kind, write.name, modifiedMessage);
  }
}

/** Throws unless a body names the object of its path. */
export function checkName(object: ApiObject, name: string): void {
  const { name: own = '' } = object.metadata;
  if (own === '') {
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  }
  if (own !== name) {
    throw badRequest(`the name of the object (${own}) does not match the name on the URL (${name})`);
  }
}

/** PUT of an object, or of one of its subresources that has the object's own form. */
export async function handleUpdate(call: Call, options: Omit<UpdateOptions, 'change'> = {}): Promise<ApiResponse> {
  const { core, kind, info } = call;
  const body = await readObject(call);
  checkName(body, info.name);
  const write = writeOf(call);
  const object = write.subresource === 'status' ? undefined : withDefaults(kind, body);
  const change = (current: ApiObject): ApiObject => {
    checkIdentity(write, body, current);
    // Whoever writes the status need not know the rest.
    return object ?? withDefaults(kind, shapeStatus(body, current));
  };
  const once = (body.metadata.resourceVersion ?? '') !== '';
  return answerObject(call, 200, await updateObject(core, write, { ...options, change, once }));
}
