import { randomUUID } from 'node:crypto';
import type { AnyKind } from '../../api/kind.ts';
import type { ObjectMeta } from '../../api/meta/meta.schema.ts';
import { semanticallyEqual } from '../../api/validation/equality.ts';
import { jsonEqual } from '../../machinery/json.ts';
import type { ApiObject } from './api-object.ts';
import { generateName } from './generate-name.ts';

/** Kinds with a spec whose changes upstream does not count. */
const withoutGeneration = new Set([
  '/Namespace',
  '/Node',
  '/PersistentVolume',
  '/PersistentVolumeClaim',
  '/ResourceQuota',
  '/LimitRange',
  '/Service',
  '/Binding',
  'autoscaling/HorizontalPodAutoscaler',
  'certificates.k8s.io/CertificateSigningRequest',
  'coordination.k8s.io/Lease',
  'storage.k8s.io/VolumeAttachment',
  'storage.k8s.io/CSINode',
]);
/** Kinds without a `spec` that count changes all the same. */
const withGeneration = new Set([
  'discovery.k8s.io/EndpointSlice',
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration',
  'admissionregistration.k8s.io/MutatingWebhookConfiguration',
]);

/** Whether `metadata.generation` counts the changes of a kind's objects. */
export function countsGeneration(kind: AnyKind): boolean {
  if (kind.schema.structural !== undefined) return true;
  const name = `${kind.group}/${kind.kind}`;
  return withGeneration.has(name) || ('spec' in kind.schema.fields && !withoutGeneration.has(name));
}

/** Fields that `undefined` removes; the rest of the metadata stays. */
function withMeta(object: ApiObject, changes: Partial<Record<keyof ObjectMeta, unknown>>): ApiObject {
  const metadata: Record<string, unknown> = { ...object.metadata };
  for (const [field, value] of Object.entries(changes)) {
    if (value === undefined) delete metadata[field];
    else metadata[field] = value;
  }
  return { ...object, metadata: metadata };
}

/** A new object with what only the server sets; what the client said of it is dropped. */
export function stampNew(kind: AnyKind, object: ApiObject, namespace: string, now: string): ApiObject {
  const { name = '', generateName: prefix = '' } = object.metadata;
  return withMeta(object, {
    name: name === '' && prefix !== '' ? generateName(prefix) : name,
    namespace: kind.namespaced ? namespace : undefined,
    uid: randomUUID(),
    creationTimestamp: now,
    generation: countsGeneration(kind) ? 1 : undefined,
    resourceVersion: undefined,
    deletionTimestamp: undefined,
    deletionGracePeriodSeconds: undefined,
    selfLink: undefined,
  });
}

/** The write that changes an object. */
interface Stamped {
  readonly kind: AnyKind;
  readonly subresource: string;
}

/** What `generation` counts: everything but metadata and status, unless a custom kind's status is like any field. */
function desiredState(kind: AnyKind, object: ApiObject): unknown {
  const { metadata: _metadata, status, ...rest } = object;
  const isPlain = kind.schema.structural !== undefined && kind.subresources.status === undefined;
  return isPlain ? { ...rest, status } : rest;
}

/** A changed object with what a client cannot change put back; a Pod's node, which a binding names, is no wish of its own. */
export function stampChanged({ kind, subresource }: Stamped, object: ApiObject, old: ApiObject): ApiObject {
  const before = old.metadata;
  const counted = countsGeneration(kind);
  const isWish = subresource !== 'binding';
  const changed = counted && isWish && !semanticallyEqual(desiredState(kind, object), desiredState(kind, old));
  return withMeta(object, {
    name: before.name,
    namespace: before.namespace,
    generateName: object.metadata.generateName ?? before.generateName,
    uid: before.uid,
    creationTimestamp: before.creationTimestamp,
    deletionTimestamp: before.deletionTimestamp,
    deletionGracePeriodSeconds: before.deletionGracePeriodSeconds,
    resourceVersion: before.resourceVersion,
    generation: counted ? (before.generation ?? 1) + (changed ? 1 : 0) : before.generation,
    selfLink: undefined,
  });
}

/** An object marked as being deleted, with its grace period. */
export function stampDeleted(
  kind: AnyKind,
  object: ApiObject,
  deletion: { at: string; graceSeconds: number },
): ApiObject {
  return withMeta(object, {
    deletionTimestamp: deletion.at,
    deletionGracePeriodSeconds: deletion.graceSeconds,
    // Being deleted is a change that controllers must observe.
    generation: countsGeneration(kind) ? (object.metadata.generation ?? 0) + 1 : object.metadata.generation,
  });
}

/** Equal but for the times at which field managers were recorded: such a write changes nothing. */
export function sameContent(a: ApiObject, b: ApiObject): boolean {
  const strip = (object: ApiObject): unknown => ({
    ...object,
    metadata: {
      ...object.metadata,
      managedFields: object.metadata.managedFields?.map(({ time: _time, ...entry }) => entry),
    },
  });
  return jsonEqual(strip(a), strip(b));
}
