import jsonPatch from 'fast-json-patch';
import type { PatchType } from '../api-client.ts';

type Json = Readonly<Record<string, unknown>>;

function isMap(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** RFC 7396. */
function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch;
  const result: Record<string, unknown> = isMap(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = mergePatch(result[name], value);
  }
  return result;
}

/** The keys by which upstream's lists of objects merge; the first that all items have is taken. */
const mergeKeys = ['uid', 'type', 'name', 'ip', 'containerPort', 'port', 'key', 'mountPath', 'topologyKey'];

/** A merge patch in which lists of objects merge item by item, as in strategic merge patch and server-side apply. */
function mergeByKey(target: unknown, patch: unknown): unknown {
  if (Array.isArray(patch)) return mergeLists(Array.isArray(target) ? target : [], patch);
  if (!isMap(patch)) return patch;
  const result: Record<string, unknown> = isMap(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    // A list of container statuses is replaced as a whole, though its items have names.
    else if (/containerStatuses$/i.test(name)) result[name] = value;
    else if (!name.startsWith('$')) result[name] = mergeByKey(result[name], value);
  }
  return result;
}

function mergeLists(target: readonly unknown[], patch: readonly unknown[]): unknown {
  const all = [...target, ...patch];
  const key = mergeKeys.find((name) => all.every((item) => isMap(item) && Object.hasOwn(item, name)));
  if (key === undefined) return patch;
  const items = new Map(target.map((item) => [(item as Json)[key], item]));
  for (const item of patch as readonly Json[]) {
    if (item['$patch'] === 'delete') items.delete(item[key]);
    else items.set(item[key], mergeByKey(items.get(item[key]), item));
  }
  return [...items.values()];
}

/** The object that a patch makes of `target`, near enough to the server's for controllers' tests. */
export function applyPatch(type: PatchType, target: unknown, patch: unknown): unknown {
  if (type === 'json') {
    return jsonPatch.applyPatch(structuredClone(target), patch as jsonPatch.Operation[]).newDocument;
  }
  return type === 'merge' ? mergePatch(target, patch) : mergeByKey(target, patch);
}
