import type { KubeObject } from '../../api/object.ts';
import { invalidObject } from '../../api/status-error.ts';
import type { AnyKind } from '../../api/kind.ts';
import { validateObjectMeta, validateObjectMetaUpdate } from '../../api/validation/object-meta.ts';
import { checkSchema } from '../../machinery/decode/check-schema.ts';
import type { FieldError } from '../../api/field-error.ts';
import type { ApiObject } from './api-object.ts';
import type { Write } from './core.ts';

// A kind's functions are typed by its own object; here they are called with what its schema has checked.
const typed = (object: ApiObject): KubeObject => object as unknown as KubeObject;
const untyped = (object: unknown): ApiObject => object as ApiObject;
const requestOf = (write: Write) => ({ now: write.now, user: write.user.name });

function invalid(kind: AnyKind, object: ApiObject, errors: readonly FieldError[]): Error {
  return invalidObject(kind.group, kind.kind, object.metadata.name ?? '', errors);
}

const isMissing = (error: FieldError): boolean => error.type === 'FieldValueRequired';

/**
 * The object with its kind's defaults. Throws the 422 when a required part is missing afterwards: whatever comes
 * next may take an object for what its type says.
 */
export function withDefaults(kind: AnyKind, object: ApiObject): ApiObject {
  let complete: ApiObject;
  try {
    complete = kind.defaults === undefined ? object : untyped(kind.defaults(typed(object)));
  } catch (error) {
    const missing = checkSchema(kind.schema, object);
    throw missing.length > 0 ? invalid(kind, object, missing) : error;
  }
  const errors = checkSchema(kind.schema, complete);
  if (errors.some(isMissing)) throw invalid(kind, object, errors);
  return complete;
}

/** Clears what a client may not set in a new object. A kind that prepares its objects itself decides on status, too. */
export function shapeNew(write: Write, object: ApiObject): ApiObject {
  const { kind } = write;
  if (kind.prepareForCreate !== undefined) return untyped(kind.prepareForCreate(typed(object), requestOf(write)));
  if (kind.subresources.status !== true || object['status'] === undefined) return object;
  const { status: _status, ...rest } = object;
  return kind.schema.fields['status']?.presence === 'present' ? { ...rest, status: {} } : untyped(rest);
}

function withStatusOf(object: ApiObject, source: ApiObject): ApiObject {
  const { status: _status, ...rest } = object;
  return source['status'] === undefined ? untyped(rest) : { ...rest, status: source['status'] };
}

/** A change of the object itself: status stays. */
export function shapeChanged(write: Write, object: ApiObject, old: ApiObject): ApiObject {
  const { kind } = write;
  const kept = kind.subresources.status === true ? withStatusOf(object, old) : object;
  if (kind.prepareForUpdate === undefined) return kept;
  return untyped(kind.prepareForUpdate(typed(kept), typed(old), requestOf(write)));
}

/** A change through `/status`: all stays but status, annotations and the record of field managers. */
export function shapeStatus(object: ApiObject, old: ApiObject): ApiObject {
  const { annotations, managedFields } = object.metadata;
  const { annotations: _annotations, managedFields: _managedFields, ...rest } = old.metadata;
  const metadata = {
    ...rest,
    ...(annotations === undefined ? {} : { annotations }),
    ...(managedFields === undefined ? {} : { managedFields }),
  };
  return withStatusOf({ ...old, metadata }, keepQosClass(object, old));
}

/** A pod's class follows from its specification: no report of its status changes it. */
function keepQosClass(object: ApiObject, old: ApiObject): ApiObject {
  if (object.kind !== 'Pod' || object.apiVersion !== 'v1') return object;
  const { qosClass } = (old['status'] ?? {}) as { readonly qosClass?: string };
  if (qosClass === undefined) return object;
  return { ...object, status: { ...(object['status'] as object | undefined), qosClass } };
}

/** A change that is to be validated: what was there before, and this request's own rules for it. */
export interface ValidatedChange {
  readonly old: ApiObject;
  readonly validateUpdate?: (object: ApiObject, old: ApiObject) => readonly FieldError[];
}

function faultsOf({ kind, subresource }: Write, object: ApiObject, change: ValidatedChange | undefined): FieldError[] {
  if (change === undefined) {
    const made = kind.validateCreate?.(typed(object)) ?? [];
    return [...validateObjectMeta(kind, object), ...(kind.validate?.(typed(object)) ?? []), ...made];
  }
  const { old, validateUpdate } = change;
  if (kind.validateChange !== undefined) {
    const changed = validateUpdate?.(object, old) ?? [];
    const faults = kind.validateChange(typed(object), typed(old));
    return [...validateObjectMeta(kind, object), ...validateObjectMetaUpdate(object, old), ...faults, ...changed];
  }
  const meta = [...validateObjectMeta(kind, object), ...validateObjectMetaUpdate(object, old)];
  // What is not status is as it was, and was valid then.
  if (subresource === 'status') return [...meta, ...(kind.validateStatus?.(typed(object), typed(old)) ?? [])];
  const updates = validateUpdate?.(object, old) ?? kind.validateUpdate?.(typed(object), typed(old)) ?? [];
  return [...meta, ...(kind.validate?.(typed(object)) ?? []), ...updates];
}

/** Throws the 422 that names all faults of an object, and of the change that made it. */
export function validateObject(write: Write, object: ApiObject, change: ValidatedChange | undefined): void {
  const { kind } = write;
  const errors = faultsOf(write, object, change);
  // The kind's own words go first: the schema adds what they leave out.
  const named = new Set(errors.map((error) => error.field));
  errors.push(...checkSchema(kind.schema, object).filter((error) => !named.has(error.field)));
  if (errors.length > 0) throw invalid(kind, object, errors);
  for (const warning of kind.warnings?.(typed(object), change === undefined ? undefined : typed(change.old)) ?? []) {
    if (!write.warnings.includes(warning)) write.warnings.push(warning);
  }
}
