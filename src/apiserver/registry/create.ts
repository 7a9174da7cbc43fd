import type { KubeObject } from '../../api/object.ts';
import type { StoredObject } from '../../store/store.ts';
import { StoreError } from '../../store/store.ts';
import { alreadyExists } from '../http/status.ts';
import type { ApiObject } from './api-object.ts';
import { converting, fromStored, isShownAsStored, toStored } from './conversion.ts';
import type { Allocation, Core, Write, Written } from './core.ts';
import { allocatorOf } from './core.ts';
import { keyOfObject } from './keys.ts';
import { trackManagers, withManagers } from './managers.ts';
import { shapeNew, validateObject } from './strategy.ts';
import { stampNew } from './system-fields.ts';

/** How often a name is drawn again when a generated one is taken. */
const nameAttempts = 8;

export interface CreateOptions {
  /** The object carries the record of its field managers already. */
  readonly managersTracked?: boolean;
}

/** Stores a new object, given decoded and with its defaults; throws StatusError `AlreadyExists`, `Invalid`, … */
export async function createObject(
  core: Core,
  write: Write,
  input: ApiObject,
  options: CreateOptions = {},
): Promise<Written> {
  const generated = (input.metadata.name ?? '') === '' && (input.metadata.generateName ?? '') !== '';
  for (let attempt = 1; ; attempt++) {
    try {
      return await createOnce(core, write, input, options);
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'exists') throw error;
      if (generated && attempt < nameAttempts) continue;
      throw alreadyExists(write.kind, error.current?.object.metadata.name ?? input.metadata.name ?? '');
    }
  }
}

async function createOnce(core: Core, write: Write, input: ApiObject, options: CreateOptions): Promise<Written> {
  const { kind } = write;
  const stamped = stampNew(kind, input, write.namespace, write.now);
  const request = { ...write, verb: 'create' as const, name: stamped.metadata.name ?? '', old: undefined };
  // What admission and allocation add belongs to nobody: only what the client sent is recorded as its own.
  const tracked =
    options.managersTracked === true ? stamped : await converting(() => trackManagers(core, write, stamped, undefined));
  const { managedFields = [] } = tracked.metadata;
  const admitted = await core.admission.mutate({ ...request, object: stamped });
  const shaped = shapeNew(write, admitted);
  validateObject(write, shaped, undefined);
  const allocation = await allocatorOf(core, kind)?.(shaped, undefined, write);
  try {
    const object = withManagers(allocation?.object ?? shaped, managedFields);
    await core.admission.validate({ ...request, object });
    return await save(core, write, object, allocation);
  } catch (error) {
    await allocation?.rollback();
    throw error;
  }
}

async function save(core: Core, write: Write, object: ApiObject, allocation: Allocation | undefined): Promise<Written> {
  const { kind } = write;
  const stored = core.kinds.stored(kind);
  const key = keyOfObject(stored, write.namespace, object.metadata.name ?? '');
  if (write.dryRun) {
    const current = await core.store.get(key);
    if (current !== undefined) throw new StoreError('exists', key, { current });
    await allocation?.rollback();
    return { object };
  }
  const kept = await converting(() => toStored(kind, stored, object));
  const result = await core.store.create(key, kept as unknown as KubeObject);
  allocation?.commit();
  return written(core, write, result);
}

/** A stored object as it is: mostly its text is sent on, and nobody looks inside. */
class WholeObject implements Written {
  readonly #stored: StoredObject;

  constructor(stored: StoredObject) {
    this.#stored = stored;
  }

  get json(): Buffer {
    return this.#stored.json;
  }

  get object(): ApiObject {
    return this.#stored.object as unknown as ApiObject;
  }
}

/** A stored object in the form in which the request sees it. */
export async function written(core: Core, write: Pick<Write, 'kind'>, result: StoredObject): Promise<Written> {
  const stored = core.kinds.stored(write.kind);
  if (isShownAsStored(stored, write.kind)) return new WholeObject(result);
  const kept = result.object as unknown as ApiObject;
  const object = await converting(() => fromStored(stored, write.kind, kept));
  return object === kept ? { object, json: result.json } : { object };
}
