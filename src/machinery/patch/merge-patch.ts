import type { MutableJson } from '../json.ts';
import { getField, isJsonObject, setField } from '../json.ts';

/** RFC 7386: objects are merged, nulls delete, everything else replaces. Neither value is changed. */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  const result: MutableJson = isJsonObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else setField(result, key, applyMergePatch(getField(result, key), value));
  }
  return result;
}
