import type { ApiClient } from '../client/api-client.ts';
import type { KubeObject } from '../api/object.ts';
import type { Resource } from '../api/resources.ts';
import { isStatus } from '../api/status-error.ts';
import type { Claims } from './claim.ts';
import { controllerReference } from './owner.ts';

interface Claimant<O extends KubeObject, T extends KubeObject> {
  readonly client: ApiClient;
  readonly owner: O;
  readonly ownerResource: Resource<O>;
  readonly resource: Resource<T>;
  /** Set when an object is adopted, taken away when it is released. */
  readonly finalizer?: string | undefined;
}

/**
 * Writes adoptions and releases; returns what the owner manages now. Throws when somebody else was first, and the
 * retry sees the world as it then is.
 */
export async function applyClaims<O extends KubeObject, T extends KubeObject>(
  claimant: Claimant<O, T>,
  claims: Claims<T>,
): Promise<readonly T[]> {
  if (claims.adopt.length > 0) await refuseIfLeaving(claimant);
  const adopted = await Promise.all(claims.adopt.map((object) => adopt(claimant, object)));
  await Promise.all(claims.release.map((object) => release(claimant, object)));
  return [...claims.owned, ...adopted.filter((object) => object !== undefined)];
}

// The cache may not know yet that the owner is being deleted, and what it adopts then would be collected with it.
async function refuseIfLeaving<O extends KubeObject>(claimant: Claimant<O, KubeObject>): Promise<void> {
  const { owner, ownerResource, client } = claimant;
  const { name, namespace } = owner.metadata;
  const fresh = await client.get(ownerResource, { name, namespace });
  if (fresh.metadata.uid !== owner.metadata.uid || fresh.metadata.deletionTimestamp !== undefined) {
    throw new Error(`${ownerResource.kind} ${name} adopts nothing: it is being deleted or has been replaced`);
  }
}

function adopt<O extends KubeObject, T extends KubeObject>(
  claimant: Claimant<O, T>,
  object: T,
): Promise<T | undefined> {
  const reference = controllerReference(claimant.owner, claimant.ownerResource);
  const { ownerReferences = [], finalizers = [] } = object.metadata;
  const { finalizer } = claimant;
  const added = finalizer === undefined || finalizers.includes(finalizer) ? [] : [finalizer];
  return write(claimant, object, {
    ownerReferences: [...ownerReferences, reference],
    ...(added.length === 0 ? {} : { finalizers: [...finalizers, ...added] }),
  });
}

function release<O extends KubeObject, T extends KubeObject>(
  claimant: Claimant<O, T>,
  object: T,
): Promise<T | undefined> {
  const { ownerReferences = [], finalizers = [] } = object.metadata;
  const { owner, finalizer } = claimant;
  return write(claimant, object, {
    ownerReferences: ownerReferences.filter(({ uid }) => uid !== owner.metadata.uid),
    ...(finalizer === undefined ? {} : { finalizers: finalizers.filter((name) => name !== finalizer) }),
  });
}

async function write<O extends KubeObject, T extends KubeObject>(
  { client, resource }: Claimant<O, T>,
  object: T,
  changes: Readonly<Record<string, unknown>>,
): Promise<T | undefined> {
  const { name, namespace, uid, resourceVersion } = object.metadata;
  const body = { metadata: { uid, resourceVersion, ...changes } };
  try {
    return await client.patch(resource, { name, namespace }, 'merge', body);
  } catch (error) {
    if (isStatus(error, 'NotFound')) return undefined;
    throw error;
  }
}
