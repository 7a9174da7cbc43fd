/** A JSON object whose content is not known. */
export type JsonObject = { readonly [key: string]: unknown };
/** A JSON object under construction. */
export type MutableJson = { [key: string]: unknown };

/** True for `{…}`: neither null nor a list. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Sets an own field; a plain assignment to `__proto__` would replace the prototype instead. */
export function setField(object: MutableJson, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    object[key] = value;
  }
}

/** An own field: `constructor` and its like are undefined unless the object has them itself. */
export function getField(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** Equality of two JSON values; the order of an object's keys does not matter. */
export function jsonEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let index = 0; index < a.length; index++) if (!jsonEqual(a[index], b[index])) return false;
    return true;
  }
  if (Array.isArray(b)) return false;
  return objectsEqual(a as JsonObject, b as JsonObject);
}

/** Equality of two objects; a field that is undefined counts as absent. */
function objectsEqual(a: JsonObject, b: JsonObject): boolean {
  let count = 0;
  for (const key in a) {
    if (a[key] === undefined) continue;
    if (!jsonEqual(a[key], getField(b, key))) return false;
    count++;
  }
  for (const key in b) if (b[key] !== undefined) count--;
  return count === 0;
}

/** The value at a path of field names, or undefined. */
export function fieldAt(object: unknown, path: readonly string[]): unknown {
  let value = object;
  for (const name of path) {
    if (!isJsonObject(value)) return undefined;
    value = getField(value, name);
  }
  return value;
}

/** A copy with the value at a path set (or removed, where it is undefined); missing parents appear. */
export function withFieldAt<T extends object>(object: T, path: readonly string[], value: unknown): T {
  const [name, ...rest] = path;
  if (name === undefined) return object;
  const copy: MutableJson = { ...(object as JsonObject) };
  const child = getField(copy, name);
  const next = rest.length === 0 ? value : withFieldAt(isJsonObject(child) ? child : {}, rest, value);
  if (next === undefined) delete copy[name];
  else setField(copy, name, next);
  return copy as T;
}
