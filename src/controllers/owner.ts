import type { ObjectMeta, OwnerReference } from '../api/meta/meta.schema.ts';
import type { KubeObject } from '../api/object.ts';
import type { Resource } from '../api/resources.ts';
import { apiVersionOf } from '../api/resources.ts';

type Owned = { readonly metadata: ObjectMeta };

/** The reference of the one owner that manages `object`, if it has one. */
export function controllerOf(object: Owned): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller === true);
}

/** True when the owner with `uid` manages `object`. */
export function isControlledBy(object: Owned, uid: string): boolean {
  return controllerOf(object)?.uid === uid;
}

/** The reference that makes `owner` the manager of an object. */
export function controllerReference(owner: KubeObject, resource: Resource): OwnerReference {
  return {
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** The values for an index by the managing owner's uid. */
export function controllerUidIndex(object: Owned): readonly string[] {
  const owner = controllerOf(object);
  return owner === undefined ? [] : [owner.uid];
}

/** The values for an index of objects without a managing owner, by namespace. */
export function orphanIndex(object: Owned): readonly string[] {
  return controllerOf(object) === undefined ? [object.metadata.namespace ?? ''] : [];
}
