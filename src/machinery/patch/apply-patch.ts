import type { MessageSchema } from '../../api/schema.ts';
import { StatusError } from '../../api/status-error.ts';
import type { JsonObject } from '../json.ts';
import { isJsonObject } from '../json.ts';
import { applyJsonPatch } from './json-patch.ts';
import { applyMergePatch } from './merge-patch.ts';
import { applyStrategicMergePatch } from './strategic-merge-patch.ts';

/** The content types of patches; server-side apply (`application/apply-patch+yaml`) is in `managed-fields/`. */
export type PatchType =
  | 'application/json-patch+json'
  | 'application/merge-patch+json'
  | 'application/strategic-merge-patch+json';

export interface PatchRequest {
  readonly type: PatchType;
  /** Of the object; only a strategic merge patch looks at it. */
  readonly schema: MessageSchema;
  readonly object: object;
  /** The parsed body. */
  readonly patch: unknown;
}

/**
 * The object with a patch applied; neither is changed. The result still has to be conformed to its schema.
 * Throws a BadRequest for a malformed patch and an Invalid (422) for one that does not fit the object.
 */
export function applyPatch({ type, schema, object, patch }: PatchRequest): JsonObject {
  const original = object as JsonObject;
  if (type === 'application/json-patch+json') return applyJsonPatch(original, patch);
  if (!isJsonObject(patch)) {
    const got = Array.isArray(patch) ? 'array' : typeof patch;
    throw new StatusError('BadRequest', `json: cannot unmarshal ${got} into Go value of type map[string]interface {}`);
  }
  if (type === 'application/merge-patch+json') return applyMergePatch(original, patch) as JsonObject;
  return applyStrategicMergePatch(schema, original, patch);
}
