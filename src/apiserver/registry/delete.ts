import type { DeleteOptions } from '../../api/meta/meta.schema.ts';
import type { KubeObject } from '../../api/object.ts';
import type { StoredObject } from '../../store/store.ts';
import { StoreError } from '../../store/store.ts';
import { conflict, modifiedMessage, notFound } from '../http/status.ts';
import type { ApiObject } from './api-object.ts';
import { converting, fromStored, toStored } from './conversion.ts';
import type { Core, Write, Written } from './core.ts';
import { written } from './create.ts';
import { checkPreconditions, planDeletion } from './deletion.ts';
import { currentOf } from './update.ts';

export interface Deleted {
  readonly left: Written;
  /** False while the object waits for its grace period or its finalizers. */
  readonly gone: boolean;
}

const attempts = 10;

/** Deletes one object, or marks it for deletion; throws StatusError `NotFound`, `Conflict`, … */
export async function deleteObject(core: Core, write: Write, options: DeleteOptions): Promise<Deleted> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await deleteOnce(core, write, options);
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'conflict') throw error;
      if (error.current === undefined) throw notFound(write.kind, write.name);
      if (attempt >= attempts) throw conflict(write.kind, write.name, modifiedMessage);
    }
  }
}

async function deleteOnce(core: Core, write: Write, options: DeleteOptions): Promise<Deleted> {
  const { kind } = write;
  const current = await currentOf(core, write);
  const stored = core.kinds.stored(kind);
  const old = await converting(() => fromStored(stored, kind, current.object as unknown as ApiObject));
  checkPreconditions(kind, old, options);
  await core.admission.validate({ ...write, verb: 'delete', object: undefined, old, options });
  const plan = planDeletion(kind, old, options, write.now);
  if (plan.action === 'none') return { left: await written(core, write, current), gone: false };
  if (write.dryRun) return { left: { object: plan.object }, gone: plan.action === 'remove' };
  if (plan.action === 'remove') return { left: await written(core, write, await remove(core, current)), gone: true };
  const marked = (await converting(() => toStored(kind, stored, plan.object))) as unknown as KubeObject;
  const updated = await core.store.update(current.key, marked, current.revision);
  return { left: await written(core, write, updated), gone: false };
}

function remove(core: Core, current: StoredObject): Promise<StoredObject> {
  return core.store.delete(current.key, current.revision);
}
