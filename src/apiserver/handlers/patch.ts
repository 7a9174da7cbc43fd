import { invalidField } from '../../api/field-error.ts';
import { forbiddenField } from '../../api/field-error.ts';
import { invalidObject, isStatus } from '../../api/status-error.ts';
import { goFormat } from '../../machinery/go-format.ts';
import type { JsonObject } from '../../machinery/json.ts';
import type { PatchType } from '../../machinery/patch/apply-patch.ts';
import { applyPatch } from '../../machinery/patch/apply-patch.ts';
import type { ApiResponse } from '../http/message.ts';
import { headerOf } from '../http/message.ts';
import type { Expected, Parsed } from '../negotiation/decode-body.ts';
import { conformBody, mediaType, parseText, unsupportedMediaType } from '../negotiation/decode-body.ts';
import type { ApiObject } from '../registry/api-object.ts';
import { groupVersion } from '../registry/kind-registry.ts';
import { shapeStatus, withDefaults } from '../registry/strategy.ts';
import type { UpdateOptions } from '../registry/update.ts';
import { updateObject } from '../registry/update.ts';
import { applyType } from './apply-body.ts';
import { handleApply } from './apply.ts';
import type { Call } from './call.ts';
import { fieldValidationOf, writeOf } from './call.ts';
import { converterFault } from './converter-fault.ts';
import { answerObject } from './get.ts';
import { checkIdentity, checkName } from './update.ts';

const strategicMergePatch = 'application/strategic-merge-patch+json';
const patchTypes: readonly string[] = [
  'application/json-patch+json',
  'application/merge-patch+json',
  strategicMergePatch,
];
const customPatchTypes = patchTypes.filter((type) => type !== strategicMergePatch);

/** A patch as it came, and how strictly its result is read. */
export interface Patch {
  readonly type: PatchType;
  readonly parsed: Parsed;
  readonly expected: Expected;
}

/** Reads a patch's body; throws StatusError `UnsupportedMediaType` for a format that is none. */
export async function readPatch(call: Call, expected: Omit<Expected, 'fieldValidation'>): Promise<Patch> {
  const type = mediaType(headerOf(call.request, 'content-type'));
  // What a list of a custom kind would be merged by, nobody says.
  const accepted = expected.schema.structural === undefined ? patchTypes : customPatchTypes;
  if (!accepted.includes(type)) throw unsupportedMediaType([...accepted, applyType]);
  if (call.info.query.has('force')) {
    const error = forbiddenField('force', 'may not be specified for non-apply patch');
    throw invalidObject('meta.k8s.io', 'PatchOptions', '', [error]);
  }
  const parsed = await parseText(await call.request.readBody(), type, accepted);
  return { type: type as PatchType, parsed, expected: { ...expected, fieldValidation: fieldValidationOf(call) } };
}

/** The patched object in the shape of its schema; what strict reading has to say goes to `warnings`. */
export function patched({ type, parsed, expected }: Patch, object: object, warnings: string[]): JsonObject {
  const { value: patch, duplicateFields = [] } = parsed;
  const value = applyPatch({ type, schema: expected.schema, object, patch });
  try {
    return conformBody({ value, duplicateFields }, expected, warnings);
  } catch (error) {
    if (!isStatus(error, 'BadRequest')) throw error;
    // Upstream shows the patch itself, or else what became of the object, and quotes the fault.
    const strategic = type === strategicMergePatch;
    const shown = strategic ? goFormat(patch) : JSON.stringify(value);
    const [, detail = error.message] = / cannot be handled as a [^:]*: (.*)$/s.exec(error.message) ?? [];
    throw invalidObject('', '', '', [invalidField('patch', shown, strategic ? converterFault(detail) : detail)]);
  }
}

/** PATCH of an object, or of one of its subresources that has the object's own form. */
export async function handlePatch(call: Call, options: Omit<UpdateOptions, 'change'> = {}): Promise<ApiResponse> {
  const { core, kind, info, request } = call;
  if (mediaType(headerOf(request, 'content-type')) === applyType) return handleApply(call, options);
  const patch = await readPatch(call, { schema: kind.schema, apiVersion: groupVersion(kind), kind: kind.kind });
  const write = writeOf(call);
  let warnings: string[] = [];
  const change = (current: ApiObject): ApiObject => {
    warnings = [];
    const object = patched(patch, current, warnings) as unknown as ApiObject;
    checkName(object, info.name);
    checkIdentity(write, object, current);
    return withDefaults(kind, write.subresource === 'status' ? shapeStatus(object, current) : object);
  };
  const result = await updateObject(core, write, { ...options, change });
  call.warnings.push(...warnings);
  return answerObject(call, 200, result);
}
