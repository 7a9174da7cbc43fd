import type { FieldError } from '../../api/field-error.ts';
import type { KubeObject } from '../../api/object.ts';
import type { StoredObject } from '../../store/store.ts';
import { StoreError } from '../../store/store.ts';
import { conflict, modifiedMessage, notFound } from '../http/status.ts';
import type { ApiObject } from './api-object.ts';
import { converting, fromStored, toStored } from './conversion.ts';
import type { Core, Write, Written } from './core.ts';
import { allocatorOf } from './core.ts';
import { written } from './create.ts';
import { isReadyToVanish } from './deletion.ts';
import { keyOfObject } from './keys.ts';
import { trackManagers } from './managers.ts';
import { shapeChanged, shapeStatus, validateObject } from './strategy.ts';
import { sameContent, stampChanged } from './system-fields.ts';

export interface UpdateOptions {
  /** The object asked for, given the current one; called again after a lost race. */
  readonly change: (current: ApiObject) => ApiObject | Promise<ApiObject>;
  /** What of the object asked for this request may change; by the subresource when absent. */
  readonly shape?: (object: ApiObject, old: ApiObject) => ApiObject;
  /** The faults of the change, where this request has rules of its own; by the kind when absent. */
  readonly validateUpdate?: (object: ApiObject, old: ApiObject) => readonly FieldError[];
  /** The change holds for this version only: a lost race is a conflict at once. */
  readonly once?: boolean;
  /** Field managers have been recorded by `change` already. */
  readonly managersTracked?: boolean;
}

/** After so many lost races the client is told of the conflict. */
const attempts = 10;

/** Changes one object by compare-and-swap; throws StatusError `NotFound`, `Conflict`, `Invalid`, … */
export async function updateObject(core: Core, write: Write, options: UpdateOptions): Promise<Written> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await updateOnce(core, write, options);
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'conflict') throw error;
      if (error.current === undefined) throw notFound(write.kind, write.name);
      if (options.once === true || attempt >= attempts) throw conflict(write.kind, write.name, modifiedMessage);
    }
  }
}

/** The current version of a write's object; throws StatusError `NotFound`. */
export async function currentOf(core: Core, write: Pick<Write, 'kind' | 'namespace' | 'name'>): Promise<StoredObject> {
  const current = await core.store.get(keyOfObject(core.kinds.stored(write.kind), write.namespace, write.name));
  if (current === undefined) throw notFound(write.kind, write.name);
  return current;
}

function shapeOf(write: Write, options: UpdateOptions, object: ApiObject, old: ApiObject): ApiObject {
  if (options.shape !== undefined) return options.shape(object, old);
  return write.subresource === 'status' ? shapeStatus(object, old) : shapeChanged(write, object, old);
}

async function updateOnce(core: Core, write: Write, options: UpdateOptions): Promise<Written> {
  const { kind } = write;
  const current = await currentOf(core, write);
  const kept = current.object as unknown as ApiObject;
  const old = await converting(() => fromStored(core.kinds.stored(kind), kind, kept));
  const proposed = await options.change(old);
  const shaped = stampChanged(write, shapeOf(write, options, proposed, old), old);
  const request = { ...write, verb: 'update' as const, old };
  const tracked =
    options.managersTracked === true ? shaped : await converting(() => trackManagers(core, write, shaped, old));
  const admitted = await core.admission.mutate({ ...request, object: tracked });
  const object = stampChanged(write, admitted, old);
  validateObject(write, object, {
    old,
    ...(options.validateUpdate === undefined ? {} : { validateUpdate: options.validateUpdate }),
  });
  const allocation = await allocatorOf(core, kind)?.(object, old, write);
  try {
    const allocated = allocation?.object ?? object;
    await core.admission.validate({ ...request, object: allocated });
    const result = await save(core, write, allocated, { current, old });
    if (write.dryRun) await allocation?.rollback();
    else allocation?.commit();
    return result;
  } catch (error) {
    await allocation?.rollback();
    throw error;
  }
}

async function save(
  core: Core,
  write: Write,
  object: ApiObject,
  { current, old }: { current: StoredObject; old: ApiObject },
): Promise<Written> {
  const stored = core.kinds.stored(write.kind);
  const vanishes = isReadyToVanish(object);
  if (write.dryRun) return { object };
  const kept = await converting(() => toStored(write.kind, stored, object));
  const isKept = kept.apiVersion === current.object.apiVersion && sameContent(object, old);
  if (!vanishes && isKept) return written(core, write, current);
  if (vanishes) {
    await core.store.delete(current.key, current.revision);
    return { object };
  }
  const result = await core.store.update(current.key, kept as unknown as KubeObject, current.revision);
  return written(core, write, result);
}
