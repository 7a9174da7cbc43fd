import type { DeleteOptions } from '../../api/meta/meta.schema.ts';
import { conflict } from '../http/status.ts';
import type { AnyKind } from '../../api/kind.ts';
import type { ApiObject } from './api-object.ts';
import { timestamp } from './core.ts';
import { stampDeleted } from './system-fields.ts';

/** What a delete comes to: the object goes at once, is marked and waits, or is on its way already. */
export type DeletionPlan =
  | { readonly action: 'remove'; readonly object: ApiObject }
  | { readonly action: 'mark'; readonly object: ApiObject }
  | { readonly action: 'none' };

const orphan = 'orphan';
const foreground = 'foregroundDeletion';
const defaultGraceSeconds = 30;

function namespaceFinalizers(object: ApiObject): readonly unknown[] {
  if (object.kind !== 'Namespace' || object.apiVersion !== 'v1') return [];
  const spec = object['spec'] as { readonly finalizers?: readonly unknown[] } | undefined;
  return spec?.finalizers ?? [];
}

/** Marked as deleted, its grace over, and nothing holds it any more. */
export function isReadyToVanish(object: ApiObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = object.metadata;
  return (
    deletionTimestamp !== undefined &&
    deletionGracePeriodSeconds === 0 &&
    finalizers.length === 0 &&
    namespaceFinalizers(object).length === 0
  );
}

/** Throws StatusError `Conflict` unless the object is the one that the client means. */
export function checkPreconditions(kind: AnyKind, object: ApiObject, options: DeleteOptions): void {
  const { uid, resourceVersion } = options.preconditions ?? {};
  const { name = '', uid: actualUid, resourceVersion: actual } = object.metadata;
  if (uid !== undefined && uid !== actualUid) {
    throw conflict(kind, name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${actualUid}`);
  }
  if (resourceVersion !== undefined && resourceVersion !== actual) {
    const text = `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${actual}`;
    throw conflict(kind, name, text);
  }
}

/** The seconds that a pod has to end; other kinds end at once. */
function graceOf(object: ApiObject, options: DeleteOptions): number {
  if (object.kind !== 'Pod' || object.apiVersion !== 'v1') return 0;
  const spec = (object['spec'] ?? {}) as {
    readonly nodeName?: string;
    readonly terminationGracePeriodSeconds?: number;
  };
  const status = (object['status'] ?? {}) as { readonly phase?: string };
  if ((spec.nodeName ?? '') === '' || status.phase === 'Failed' || status.phase === 'Succeeded') return 0;
  const asked = options.gracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? defaultGraceSeconds;
  return asked < 0 ? 1 : asked;
}

/** Kinds whose dependents stay when nothing is said of them, as they did before there was a choice. */
const orphansByDefault = new Set(['batch/v1/Job', 'v1/ReplicationController']);

type Policy = 'Background' | 'Foreground' | 'Orphan';

/** What is to become of the dependents: as asked, as a finalizer says that is there already, or as the kind has it. */
export function propagationOf(object: ApiObject, options: DeleteOptions): Policy | undefined {
  const { propagationPolicy, orphanDependents } = options;
  if (propagationPolicy !== undefined) return propagationPolicy as Policy;
  if (orphanDependents !== undefined) return orphanDependents ? 'Orphan' : 'Background';
  const { finalizers = [] } = object.metadata;
  if (finalizers.includes(orphan) || finalizers.includes(foreground)) return undefined;
  return orphansByDefault.has(`${object.apiVersion}/${object.kind}`) ? 'Orphan' : undefined;
}

/** The finalizers that the wish for its dependents' fate leaves an object with. */
function finalizersFor(object: ApiObject, options: DeleteOptions): readonly string[] {
  const present = object.metadata.finalizers ?? [];
  const policy = propagationOf(object, options);
  if (policy === undefined) return present;
  const kept = present.filter((finalizer) => finalizer !== orphan && finalizer !== foreground);
  if (policy === 'Orphan') return [...kept, orphan];
  return policy === 'Foreground' ? [...kept, foreground] : kept;
}

function withFinalizers(object: ApiObject, finalizers: readonly string[]): ApiObject {
  const { finalizers: _finalizers, ...metadata } = object.metadata;
  return { ...object, metadata: finalizers.length === 0 ? metadata : { ...metadata, finalizers } };
}

/** A namespace that is going says so, and takes no new objects. */
function withTerminatingPhase(object: ApiObject): ApiObject {
  if (object.kind !== 'Namespace' || object.apiVersion !== 'v1') return object;
  return {
    ...object,
    status: { ...(object['status'] as object | undefined), phase: 'Terminating' },
  };
}

/** Shortens the grace of an object that is on its way; a longer one is not granted. */
function planAgain(kind: AnyKind, object: ApiObject, grace: number): DeletionPlan {
  const { deletionTimestamp = '', deletionGracePeriodSeconds: left = 0 } = object.metadata;
  if (grace >= left) return { action: 'none' };
  const at = timestamp(Date.parse(deletionTimestamp) + (grace - left) * 1000);
  return { action: 'mark', object: stampDeleted(kind, object, { at, graceSeconds: grace }) };
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}

/** What deleting `object` means at `now` (RFC 3339). */
export function planDeletion(kind: AnyKind, given: ApiObject, options: DeleteOptions, now: string): DeletionPlan {
  const isFirst = given.metadata.deletionTimestamp === undefined;
  const object = isFirst ? ((kind.prepareForDelete?.(given, { now }) ?? given) as ApiObject) : given;
  const grace = graceOf(object, options);
  const finalizers = finalizersFor(object, options);
  const held = finalizers.length > 0 || namespaceFinalizers(object).length > 0;
  const marked = object.metadata.deletionTimestamp !== undefined;
  const prepared = withFinalizers(object, finalizers);
  if (marked) {
    // Without a wish of its own a second delete leaves the first one's grace as it is.
    const asked = options.gracePeriodSeconds === undefined ? Number.POSITIVE_INFINITY : grace;
    const again = planAgain(kind, prepared, asked);
    const target = again.action === 'mark' ? again.object : prepared;
    if (isReadyToVanish(target)) return { action: 'remove', object: target };
    const unchanged = again.action === 'none' && same(finalizers, object.metadata.finalizers ?? []);
    return unchanged ? again : { action: 'mark', object: target };
  }
  if (grace === 0 && !held) return { action: 'remove', object };
  const at = timestamp(Date.parse(now) + grace * 1000);
  return { action: 'mark', object: withTerminatingPhase(stampDeleted(kind, prepared, { at, graceSeconds: grace })) };
}
